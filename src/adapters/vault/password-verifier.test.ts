import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { fitsPasswordVerifier } from './password-verifier.ts';

/** The password `pencil` with the salt and the count of RFC 7677, section 3. */
const PENCIL =
  'SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=';

it('a SCRAM-SHA-256 verifier fits its password, and no other', async () => {
  expect(await fitsPasswordVerifier('pencil', PENCIL, 'user')).toBe(true);
  expect(await fitsPasswordVerifier('pencil ', PENCIL, 'user')).toBe(false);
});

it('an MD5 verifier fits its password together with the name of the role', async () => {
  const verifier = `md5${createHash('md5').update('secretanna').digest('hex')}`;
  expect(await fitsPasswordVerifier('secret', verifier, 'anna')).toBe(true);
  expect(await fitsPasswordVerifier('secret', verifier, 'bob')).toBe(false);
  expect(await fitsPasswordVerifier('other', verifier, 'anna')).toBe(false);
});

it('what is no verifier fits nothing', async () => {
  for (const odd of ['', 'pencil', 'SCRAM-SHA-256$0:a$b:c', 'SCRAM-SHA-256$4096:$$', 'md5', PENCIL.slice(0, 60)]) {
    expect(await fitsPasswordVerifier('pencil', odd, 'user')).toBe(false);
  }
});
