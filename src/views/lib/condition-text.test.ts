import { expect, it } from 'vitest';
import { conditionText } from './condition-text.ts';

it.each([
  ["inputs.certificate == 'import'", 'certificate is import'],
  ["inputs.mail != 'none'", 'mail is not none'],
  ["inputs.proxy != 'none' || inputs.mail == 'host'", 'proxy is not none or mail is host'],
  ["inputs.mail == 'smtp' && inputs.smtp_user != null", 'mail is smtp and smtp_user is given'],
  ['inputs.host == null', 'host is not given'],
  ['inputs.oidc', 'oidc is true'],
  ['!inputs.oidc', 'oidc is false'],
  ['inputs.open == false', 'open is false'],
  ['inputs.port == 443', 'port is 443'],
  ["inputs.size in ['small', 'large']", 'size is small or large'],
  ["!(inputs.size in ['small', 'large'])", 'size is neither small nor large'],
])('%s is told as: %s', (source, words) => {
  expect(conditionText(source)).toBe(words);
});

it.each([
  'inputs.port > 1024',
  "inputs.a == 'x' && (inputs.b || inputs.c)",
  "inputs.a == 'x' && inputs.b || inputs.c",
  "inputs.host.startsWith('a')",
])('%s stands there as it is', (source) => {
  expect(conditionText(source)).toBe(source);
});
