import { expect, it } from 'vitest';
import { endMeaningSecret } from './meant-secret.ts';

it("an input's own name means its value in the vault; else the nearest name is meant, or none", () => {
  const known = ['db_password', 'input.admin_password'];
  expect(endMeaningSecret('admin_password', known)).toBe('; did you mean `input.admin_password`?');
  expect(endMeaningSecret('db_pasword', known)).toBe('; did you mean `db_password`?');
  expect(endMeaningSecret('zzz', known)).toBe('.');
});
