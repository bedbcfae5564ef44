import { expect, it } from 'vitest';
import { createMemoryVault } from '../adapters/vault/memory-vault.ts';
import { createOverlayVault } from '../adapters/vault/overlay-vault.ts';
import { FairleadError, fail } from '../model/failure.ts';
import { reportCrash } from './crash.ts';
import { type Console, printFailure } from './output.ts';
import { rememberSecretsOf } from './remembered-secrets.ts';

const plain = { colour: false, unicode: true };

/** A console that keeps what it is told. */
function told(json: boolean): { readonly console: Console; readonly said: () => string } {
  let said = '';
  const say = (text: string): void => {
    said += text;
  };
  const columns = (): undefined => undefined;
  return {
    said: () => said,
    console: {
      out: say,
      err: say,
      style: plain,
      errorStyle: plain,
      attended: false,
      overwrites: false,
      app: false,
      columns,
      json,
    },
  };
}

it.each([false, true])('a failure outside of any run, and a bug that nobody caught, show no secret (json: %s)', async (json) => {
  const below = createMemoryVault({ db: 'correct-horse-battery' });
  await below.stage({ fresh: 'staged-for-nobody-yet' });
  const vault = createOverlayVault(below);
  rememberSecretsOf(vault);
  await vault.put('db', 'given-for-this-plan');
  const secrets = ['correct-horse-battery', 'staged-for-nobody-yet', 'given-for-this-plan'];
  const text = `got ${secrets.join(' and ')}, then ${secrets[0]?.slice(0, 12)}`;

  const failure = told(json);
  printFailure(failure.console, fail('x.y', text, { hints: [text], evidence: { argv: ['p', ...secrets], tail: [text] } }));
  const crash = told(json);
  const cause = new FairleadError(fail('x.y', text).failure);
  expect(reportCrash(new Error(text, { cause }), crash.console)).toBe(70);

  for (const said of [failure.said(), crash.said()]) {
    expect(said).toContain('got ••• and ••• and •••, then •••');
    for (const secret of secrets) expect(said).not.toContain(secret.slice(0, 8));
  }
  expect(crash.said()).toContain('remembered-secrets.test.ts');
});
