import { existsSync, readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { DATA } from './cli-accounts.ts';
import { dialError } from './go.ts';

/** What the server refused. */
export class ApiError extends Error {
  readonly status: number;

  constructor(status: number, body: string) {
    super(`status ${status} with err: ${body}`);
    this.status = status;
  }
}

/** Where the server is: `config.yaml` beside the data, or where the program was started, or upstream's own. */
export function endpoint(): string {
  for (const path of [`${DATA}/config.yaml`, './config.yaml']) {
    if (!existsSync(path)) continue;
    const config: unknown = parse(readFileSync(path, 'utf8'));
    if (typeof config === 'object' && config !== null && 'endpoint' in config) {
      const { api } = config.endpoint as { readonly api?: string };
      if (api !== undefined) return api;
    }
    break;
  }
  return 'https://api.ente.io';
}

/** Asks the server. Throws `ApiError` where it refuses, and in Go's words where it can't be reached. */
export async function request(
  method: string,
  path: string,
  options: { readonly app: string; readonly token?: string; readonly body?: object },
): Promise<Readonly<Record<string, unknown>>> {
  const url = `${endpoint()}${path}`;
  const { app, token, body } = options;
  const headers = {
    'content-type': 'application/json',
    'user-agent': 'ente-cli/v0.2.3',
    'x-client-package': `io.ente.${app}`,
    ...(token === undefined ? {} : { 'x-auth-token': token }),
  };
  let answer: Response;
  try {
    answer = await fetch(url, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
  } catch (error) {
    const verb = `${method[0]}${method.slice(1).toLowerCase()}`;
    throw new Error(`${verb} "${url}": ${dialError(error, new URL(url).host) ?? String(error)}`);
  }
  const text = await answer.text();
  if (!answer.ok) throw new ApiError(answer.status, text);
  return JSON.parse(text);
}
