import { expect, it } from 'vitest';
import { createWorld } from '../../testing/step-bench.ts';
import { findComposeFiles } from '../lib/compose-files.ts';
import { readWanted } from './wanted.ts';

const FOLDER = '/srv/app';
const file = (name: string) => `${FOLDER}/${name}`;
const HASH = 'a'.repeat(64);

/** A host with a compose of one generation: which commands it was asked, and what it makes of the project now. */
function host(major: 1 | 2) {
  const world = createWorld();
  const asked: string[] = [];
  let mend = true;
  const argv = major === 1 ? ['docker-compose'] : ['docker', 'compose'];
  world.host.program(argv[0] as string, ({ argv: given }) => {
    const hashes = given.includes('--hash');
    asked.push(hashes ? 'hashes' : 'meaning');
    if (!mend) return { code: 1, stderr: 'no env file' };
    return { stdout: hashes ? `web ${HASH}\n` : 'services: { web: { image: "web:1" } }\n' };
  });
  const look = async (): Promise<string[]> => {
    asked.length = 0;
    const files = await findComposeFiles(world.host, { directory: FOLDER });
    if (files === undefined) throw new Error('no files');
    const flavour = { argv, major, version: `${major}.0.0` };
    const { services } = await readWanted(world.host, flavour, files, undefined, AbortSignal.timeout(300_000));
    expect(services).toMatchObject([{ name: 'web', image: 'web:1', hash: HASH }]);
    return [...asked].sort();
  };
  return {
    look,
    breaks: () => {
      mend = false;
    },
    put: (name: string, content: string) => world.host.put(file(name), { content }),
  };
}

const SERVICES = 'services: { web: { image: "web:${TAG}" } }\n';

it('version 1 is asked what the files mean once while they stay as they are, and for the hashes each time', async () => {
  const { put, look } = host(1);
  put('compose.yaml', SERVICES);
  put('.env', 'TAG=1\n');
  expect(await look()).toEqual(['hashes', 'meaning']);
  expect(await look()).toEqual(['hashes']);
  for (const [name, content] of [
    ['compose.yaml', `${SERVICES}# other\n`],
    ['.env', 'TAG=2\n'],
    ['compose.override.yaml', SERVICES],
  ] as const) {
    put(name, content);
    expect(await look(), name).toEqual(['hashes', 'meaning']);
    expect(await look(), name).toEqual(['hashes']);
  }
});

it('files that name others are asked about each time: those may have changed', async () => {
  const { put, look } = host(1);
  put('compose.yaml', 'services: { web: { extends: { file: other.yaml, service: web } } }\n');
  expect(await look()).toEqual(['hashes', 'meaning']);
  expect(await look()).toEqual(['hashes', 'meaning']);
});

it('what compose does not accept any more is refused, although it was asked before', async () => {
  const { put, look, breaks } = host(1);
  put('compose.yaml', SERVICES);
  await look();
  breaks();
  await expect(look()).rejects.toThrow(/does not accept/);
});

it('version 2 is asked each time: its hashes are of what it said', async () => {
  const { put, look } = host(2);
  put('compose.yaml', SERVICES);
  expect(await look()).toEqual(['hashes', 'meaning']);
  expect(await look()).toEqual(['hashes', 'meaning']);
});
