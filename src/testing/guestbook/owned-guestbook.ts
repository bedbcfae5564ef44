import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createFairlead, type Fairlead } from '../fairlead-process.ts';
import { freePort } from '../free-room.ts';
import { docker, letsIn } from '../postgres/postgres-container.ts';
import { postgresImage } from '../postgres/postgres-image.ts';

/** Where the recipe lies. */
export const GUESTBOOK = fileURLToPath(new URL('recipe', import.meta.url));

/** A guestbook of one test's own: its name, folder and port are nobody else's. */
export interface Guestbook {
  readonly name: string;
  /** A folder of its own, there before anything is installed: `folder` lies in it. */
  readonly place: string;
  readonly folder: string;
  readonly fairlead: Fairlead;
  /** The command line's options that name it and say what it is given. */
  readonly inputs: readonly string[];
  /** What its application answers. */
  ask(): Promise<{ readonly status: number; readonly text: string }>;
  /** Does its database let the application's role in with this password, over TCP? */
  accepts(password: string): Promise<boolean>;
  /** The password in `.env`. */
  writtenPassword(): Promise<string>;
  /** The ids of its two containers. */
  containers(): Promise<{ readonly db: string; readonly app: string }>;
}

/** Names it and finds room for it; nothing is installed yet. */
export async function createGuestbook(): Promise<Guestbook> {
  const image = await postgresImage();
  const name = `gb-${randomBytes(4).toString('hex')}`;
  const place = await mkdtemp('/srv/fairlead-test-');
  const folder = join(place, 'guestbook');
  const port = await freePort();
  const idOf = async (container: string): Promise<string> =>
    (await docker(['inspect', '--format', '{{.Id}}', container])).stdout.trim();
  return {
    name,
    place,
    folder,
    fairlead: await createFairlead(),
    inputs: [
      '--name',
      name,
      ...Object.entries({ image, folder, port }).flatMap(([key, value]) => ['--input', `${key}=${value}`]),
    ],
    async ask() {
      const answer = await fetch(`http://127.0.0.1:${port}/cgi-bin/entries`, { signal: AbortSignal.timeout(120_000) });
      return { status: answer.status, text: (await answer.text()).trim() };
    },
    accepts: (password) => letsIn(`${name}-db`, 'guestbook', password, 'guestbook'),
    async writtenPassword() {
      const [, value = ''] = /^DB_PASSWORD=(.*)$/m.exec(await readFile(join(folder, '.env'), 'utf8')) ?? [];
      return value.replace(/^(['"])(.*)\1$/, '$2');
    },
    containers: async () => ({ db: await idOf(`${name}-db`), app: await idOf(`${name}-app`) }),
  };
}

/** Removes all of it, however far it came. */
export async function removeGuestbook({ name, place, fairlead }: Guestbook): Promise<void> {
  await docker(['rm', '-f', '-v', `${name}-db`, `${name}-app`]);
  await docker(['volume', 'rm', '-f', `${name}_data`]);
  await docker(['network', 'rm', `${name}_default`]);
  await rm(place, { recursive: true, force: true });
  await fairlead.cleanUp();
}
