import type { PullProgress } from '../../model/ports.ts';
import type { DockerConnection } from './docker-connection.ts';
import { imageNotFound, noSpace, registryUnreachable } from './docker-failures.ts';
import { withTag } from './image-reference.ts';
import { registryLogin } from './registry-login.ts';

/** One message of the engine's answer to a pull. */
interface PullMessage {
  readonly status?: string;
  readonly id?: string;
  readonly progressDetail?: { readonly current?: number; readonly total?: number };
  readonly error?: string;
}

const EVERY_MS = 100;

/** Pulls an image, with progress over all its layers together. */
export async function pullImage(
  connection: DockerConnection,
  reference: string,
  options: { readonly signal: AbortSignal; onProgress(progress: PullProgress): void },
): Promise<void> {
  options.signal.throwIfAborted();
  // Without a tag the engine would pull every tag that there is.
  const whole = withTag(reference);
  const authconfig = await registryLogin(whole);
  const stream = await connection.call(
    `pull ${whole}`,
    (docker) => docker.pull(whole, { abortSignal: options.signal, ...(authconfig === undefined ? {} : { authconfig }) }),
    ({ status, said, cause }) => {
      if (status === 404 || status === 401 || status === 403) return imageNotFound(reference, true, cause);
      return status !== undefined && status >= 500 ? pullFailure(reference, said, cause) : undefined;
    },
  );
  const layers = createLayerSum();
  let told = 0;
  await connection.call(`pull ${whole}`, async () => {
    for await (const message of messages(stream as AsyncIterable<Buffer>)) {
      if (message.error !== undefined) throw pullFailure(reference, message.error, undefined);
      layers.add(message);
      if (Date.now() - told < EVERY_MS) continue;
      told = Date.now();
      options.onProgress(layers.progress());
    }
  });
  options.signal.throwIfAborted();
  options.onProgress(layers.progress());
}

/** An error after the pull began carries no status, and before it the engine has 500 for most: only the wording tells. */
function pullFailure(reference: string, said: string, cause: unknown): Error {
  if (/no space left on device/i.test(said)) return noSpace(`pull ${reference}`, said, cause);
  if (/not found|manifest unknown|denied|unauthorized|no basic auth/i.test(said)) return imageNotFound(reference, true, cause);
  return registryUnreachable(reference, said, cause);
}

async function* messages(chunks: AsyncIterable<Buffer>): AsyncIterable<PullMessage> {
  const decoder = new TextDecoder();
  let held = '';
  for await (const chunk of chunks) {
    const lines = (held + decoder.decode(chunk, { stream: true })).split('\n');
    held = lines.pop() ?? '';
    for (const line of lines) if (line.trim() !== '') yield JSON.parse(line) as PullMessage;
  }
  if (held.trim() !== '') yield JSON.parse(held) as PullMessage;
}

/** Adds up what the engine says of each layer. */
export function createLayerSum(): { add(message: PullMessage): void; progress(): PullProgress } {
  const layers = new Map<string, { done: number; of: number; there: boolean }>();
  return {
    add({ id, status, progressDetail }) {
      // The first message has the tag in place of a layer's id.
      if (id === undefined || status === undefined || status.startsWith('Pulling from')) return;
      const layer = layers.get(id) ?? { done: 0, of: 0, there: false };
      if (status === 'Downloading') {
        layer.done = progressDetail?.current ?? layer.done;
        layer.of = Math.max(layer.of, progressDetail?.total ?? 0, layer.done);
      } else if (/^(Download complete|Verifying|Extracting|Pull complete|Already exists)/.test(status)) {
        layer.done = layer.of;
        layer.there = /^(Pull complete|Already exists)/.test(status);
      }
      layers.set(id, layer);
    },
    progress() {
      const all = [...layers.values()];
      const there = all.filter((layer) => layer.there).length;
      const of = all.reduce((sum, layer) => sum + layer.of, 0);
      const text = `${there} of ${all.length} layers`;
      return of === 0 ? { text } : { text, done: all.reduce((sum, layer) => sum + layer.done, 0), of };
    },
  };
}
