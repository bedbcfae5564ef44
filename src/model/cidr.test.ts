import { expect, it } from 'vitest';
import { cidrsOverlap, parseCidr, sameCidr } from './cidr.ts';

it('knows which ranges share an address', () => {
  expect(cidrsOverlap('172.21.0.0/16', '172.21.5.0/24')).toBe(true);
  expect(cidrsOverlap('172.21.0.0/16', '172.22.0.0/16')).toBe(false);
  expect(cidrsOverlap('10.0.0.0/8', '10.255.255.255')).toBe(true);
  expect(cidrsOverlap('fd00::/8', 'fd12:3456::/64')).toBe(true);
  expect(cidrsOverlap('::/0', '0.0.0.0/0')).toBe(false);
});

it('takes two spellings of one range as the same', () => {
  expect(sameCidr('172.21.0.1/16', '172.21.0.0/16')).toBe(true);
  expect(sameCidr('fd00:0:0::/64', 'fd00::/64')).toBe(true);
  expect(sameCidr('172.21.0.0/16', '172.21.0.0/17')).toBe(false);
});

it('refuses what is no range', () => {
  expect(['', '1.2.3', '1.2.3.256', '1.2.3.4/33', '1::2::3', 'fd00:/8', '1.2.3.4/8/8'].map(parseCidr)).toEqual(
    Array(7).fill(undefined),
  );
});
