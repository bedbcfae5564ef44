import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** Name and password for a registry. */
export interface RegistryLogin {
  readonly username: string;
  readonly password: string;
  readonly serveraddress: string;
}

const DOCKER_HUB = 'https://index.docker.io/v1/';

/**
 * What `docker login` left for the registry of an image, in `$DOCKER_CONFIG/config.json` or
 * `~/.docker/config.json`. Logins that a credential program keeps are not found.
 */
export async function registryLogin(reference: string): Promise<RegistryLogin | undefined> {
  const server = registryOf(reference);
  const folder = process.env.DOCKER_CONFIG ?? join(homedir(), '.docker');
  try {
    const config = JSON.parse(await readFile(join(folder, 'config.json'), 'utf8')) as {
      auths?: Record<string, { auth?: string }>;
    };
    const auth = config.auths?.[server]?.auth;
    if (auth === undefined || auth === '') return undefined;
    const [username = '', ...password] = Buffer.from(auth, 'base64').toString().split(':');
    return { username, password: password.join(':'), serveraddress: server };
  } catch {
    // No file, or not readable for us: pull without a login.
    return undefined;
  }
}

function registryOf(reference: string): string {
  const [first = '', ...rest] = reference.split('/');
  return rest.length > 0 && /[.:]|^localhost$/.test(first) && first !== 'docker.io' ? first : DOCKER_HUB;
}
