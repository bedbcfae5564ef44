import { expect, it } from 'vitest';
import { certificateName } from './certificate-name.ts';

it.each(['cloud.lan', 'localhost', 'a-b.example.org', '*.example.org', '_x.lan', 'xn--bcher-kva.example'])(
  '%s is a host name',
  (text) => expect(certificateName(text)).toEqual({ kind: 'dns', name: text }),
);

it('host names are written small', () => {
  expect(certificateName('Cloud.LAN')).toEqual({ kind: 'dns', name: 'cloud.lan' });
});

it.each([
  ['10.0.0.1', [10, 0, 0, 1]],
  ['255.255.255.255', [255, 255, 255, 255]],
  ['::1', [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]],
  ['2001:db8::ff00', [0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0]],
])('%s is an address', (text, bytes) => expect(certificateName(text)).toEqual({ kind: 'ip', bytes: new Uint8Array(bytes) }));

it.each([
  '',
  'two words',
  'https://cloud.lan',
  'cloud.lan:443',
  '10.0.0.0/8',
  '300.1.1.1',
  '10.0.0',
  'a..b',
  '-a.lan',
  'bücher.example',
  'a.*.lan',
  `${'a'.repeat(64)}.lan`,
  'x.'.repeat(127),
  'line\nbreak',
])('%j is neither', (text) => expect(certificateName(text)).toBeUndefined());
