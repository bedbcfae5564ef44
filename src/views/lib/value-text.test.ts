import { expect, it } from 'vitest';
import type { Json } from '../../model/json.ts';
import { valueText } from './value-text.ts';

it.each<[Json, string]>([
  ['lit', 'lit'],
  ['HTTP 200, a body that matches pong', 'HTTP 200, a body that matches pong'],
  ['', '""'],
  [' lit ', '" lit "'],
  ['two\nlines', '"two\\nlines"'],
  [' a "word" \\', '" a \\"word\\" \\\\"'],
  [8077, '8077'],
  [false, 'false'],
  [null, 'none'],
  [['80', '443'], '80, 443'],
  [['a, b', 'c'], '"a, b", c'],
  [[], 'an empty list'],
  [{}, 'nothing in it'],
  [{ owner: 'root', mode: '0750' }, 'owner root, mode 0750'],
  [{ mode: 0o750, file_mode: 0o4755 }, 'mode 0750, file mode 4755'],
  [{ lines: 17, entries: 1, bytes: 1 }, '17 lines, 1 entry, 1 byte'],
  [{ status: 200, address: 3 }, 'status 200, address 3'],
  [{ system: true, home_folder: false }, 'system, no home folder'],
  [{ comment: 'Keeper, of the light' }, 'comment "Keeper, of the light"'],
  [{ ports: [80, 443], limits: { cpu: 2, ram: '1g' } }, 'ports [80, 443], limits {cpu 2, ram 1g}'],
  [[['a', 'b'], [], { c: 1 }], '[a, b], [], {c 1}'],
])('data is told as a person writes it: %j', (value, text) => {
  expect(valueText(value)).toBe(text);
});
