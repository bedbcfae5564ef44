import { expect, test } from 'vitest';
import { humanSize } from './sizes.ts';

test.each([
  [0, '0 Bytes'],
  [1, '1 Byte'],
  [1023, '1023 Bytes'],
  [1024, '1 KB'],
  [2000, '1.95 KB'],
  [3 * 2 ** 20, '3 MB'],
  [123_456_789, '118 MB'],
  [5 * 2 ** 40, '5 TB'],
])('%i bytes are %s', (bytes, words) => {
  expect(humanSize(bytes)).toBe(words);
});
