import { type FairleadError, fail } from './failure.ts';
import type { SecretSpec } from './recipe.ts';

const PLAIN = /^[A-Za-z0-9+/]*={0,2}$/;
const URL_SAFE = /^[A-Za-z0-9_-]*={0,2}$/;

/**
 * Why a value that somebody brings along can't be one of this kind, as a failure `secret.wrong-alphabet`; undefined where it
 * can. Base64 has two alphabets, and a program that wants the one does not start with the other. Nothing else is asked of a
 * value: its length is the business of whoever made it. Pure; says nothing of the value but what is too much in it.
 */
export function wrongAlphabet({ name, generate, padding }: SecretSpec, value: string): FairleadError | undefined {
  if (generate !== 'base64' && generate !== 'base64url') return undefined;
  const isUrlSafe = generate === 'base64url';
  const title = isUrlSafe ? 'URL-safe base64' : 'plain base64';
  const refused = (why: string, hint: string): FairleadError =>
    fail('secret.wrong-alphabet', `${name} can't be that: ${why}`, { hints: [hint] });
  if (!(isUrlSafe ? URL_SAFE : PLAIN).test(value)) {
    if ((isUrlSafe ? PLAIN : URL_SAFE).test(value)) {
      const why = isUrlSafe
        ? `it is plain base64, with \`+\` or \`/\` in it, and what reads it wants ${title}, which has \`-\` and \`_\` there.`
        : `it is URL-safe base64, with \`-\` or \`_\` in it, and what reads it wants ${title}, which has \`+\` and \`/\` there.`;
      return refused(why, `The same bytes in the other alphabet: tr ${isUrlSafe ? "'+/' '-_'" : "'_-' '/+'"}`);
    }
    return refused(`it is no ${title}.`, 'Give it as it stood in the settings of the program, without quotes around it.');
  }
  const unpadded = isUrlSafe && padding === false;
  const whole = unpadded ? !value.includes('=') && value.length % 4 !== 1 : value.length % 4 === 0;
  if (whole) return undefined;
  return unpadded
    ? refused(`it is ${title} with \`=\` at its end, or cut off, and what reads it wants none.`, 'Leave the `=` out.')
    : refused(`it is ${title} that was cut off.`, 'It ends with as many `=` as make its length a multiple of four.');
}
