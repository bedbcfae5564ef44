import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createNodeHost } from '../adapters/host/node-host.ts';
import type { FileOp } from '../model/ports.ts';
import { secretText, type Text } from '../model/secrets.ts';
import { type OwnWrites, rememberWrites } from './own-writes.ts';

let dir: string;
let path: string;
let own: OwnWrites;
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const writing = (data: Uint8Array | Text, to = path): readonly FileOp[] => [
  { op: 'write', path: to, data, mode: 0o600, uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 },
];
const reveal = async (text: Text): Promise<string> => (typeof text === 'string' ? text : 'hush');

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'own-writes-'));
  path = join(dir, 'file');
  own = rememberWrites(await createNodeHost({ reveal }), reveal);
});
afterEach(() => rm(dir, { recursive: true, force: true }));

it('knows what was written last to a path, and nothing of what others wrote there', async () => {
  await writeFile(path, 'theirs');
  expect(own.has(path, bytes('theirs'))).toBe(false);
  await own.host.files(writing(bytes('one')));
  expect(own.has(path, bytes('one'))).toBe(true);
  await own.host.files(writing('two'));
  expect([own.has(path, bytes('one')), own.has(path, bytes('two'))]).toEqual([false, true]);
  expect(own.has(path, bytes('two, and a line by hand'))).toBe(false);
  expect(own.has(join(dir, 'other'), bytes('two'))).toBe(false);
});

it('what is written is the same, also where it holds a secret', async () => {
  await own.host.files(writing(secretText('token')));
  expect(await own.host.files([{ op: 'read', path }])).toEqual([Buffer.from('hush')]);
  expect(own.has(path, bytes('hush'))).toBe(true);
});

it('a write that failed is none, nor is one of a file too long to be remembered', async () => {
  const nowhere = join(dir, 'no-folder', 'file');
  await expect(own.host.files(writing(bytes('one'), nowhere))).rejects.toThrow();
  expect(own.has(nowhere, bytes('one'))).toBe(false);
  const long = new Uint8Array(2 * 1024 * 1024);
  await own.host.files(writing(long));
  expect(own.has(path, long)).toBe(false);
});
