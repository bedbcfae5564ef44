import { describe, expect, test } from 'vitest';
import { decodeBase64 } from './go.ts';

describe('base64 is decoded as strictly as Go does it', () => {
  test('a text of the right alphabet gives its bytes', () => {
    expect(decodeBase64('-_-_', 'url-safe')).toEqual(Buffer.from('+/+/', 'base64'));
    expect(decodeBase64('+/8=\n', 'standard')).toEqual(Buffer.from('+/8=', 'base64'));
  });

  test.each([
    // The value of the article: its 39th character is no URL-safe one.
    ['wRUs9H5IXCKda9gwcLkQ99g73NVUT9pkE719ZW/eMZw=', 'url-safe', 38],
    ['ab-d', 'standard', 2],
    ['abcde', 'standard', 4],
    ['abcdefg', 'standard', 4],
    ['a===', 'standard', 1],
    ['ab=c', 'standard', 2],
    ['ab=', 'standard', 3],
    ['ab==cd', 'standard', 4],
  ] as const)('%s is refused as %s at byte %i', (text, alphabet, byte) => {
    expect(() => decodeBase64(text, alphabet)).toThrow(`illegal base64 data at input byte ${byte}`);
  });
});
