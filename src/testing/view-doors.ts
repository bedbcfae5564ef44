import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { Request, RunControl, RunFeed, View } from '../model/feed.ts';
import type { Style } from '../views/lib/style.ts';
import { createNdjsonView } from '../views/ndjson/ndjson-view.ts';
import { createTextView } from '../views/text/text-view.ts';

/** Which view, on what kind of terminal. Plain JSON. */
export interface ViewSettings {
  readonly view: 'text' | 'ndjson';
  readonly style: Style;
  readonly overwrites: boolean;
  /** Is somebody at the keyboard? */
  readonly attended: boolean;
}

/** What the operator types at a prompt; undefined ends the input. */
export type Typist = (prompt: string) => string | undefined;

/** A view, and what it has printed so far: its text, and the echo of what was typed. */
export interface OpenedView {
  readonly view: View;
  written(): string;
}

/** A way to have a view: in this process, or at the other end of a pipe. */
export type OpenView = (settings: ViewSettings, typist: Typist) => OpenedView;

/** The view in this process. */
export const openInProcess: OpenView = (settings, typist) => {
  let written = '';
  const write = (text: string): void => {
    written += text;
  };
  const readLine = async (prompt: string): Promise<string | undefined> => {
    const typed = typist(prompt);
    write(`${prompt}${typed ?? ''}\n`);
    return typed;
  };
  const readSecret = async (prompt: string): Promise<string | undefined> => {
    write(`${prompt}\n`);
    return typist(prompt);
  };
  const { style, overwrites } = settings;
  const view =
    settings.view === 'ndjson'
      ? createNdjsonView(write)
      : createTextView({ write, style, overwrites, ...(settings.attended ? { readLine, readSecret } : {}) });
  return { view, written: () => written };
};

/** The same view in a process of its own, which is told everything and tells everything as lines of JSON. */
export const openInChild: OpenView = (settings, typist) => {
  const written: Buffer[] = [];
  const view: View = {
    async follow(feed, control) {
      const child = spawn(nodeForTypeScript(), [CHILD, JSON.stringify({ ...settings, control: control !== undefined })], {
        stdio: ['pipe', 'pipe', 'pipe', 'pipe', 'pipe'],
      });
      const [stdin, stdout, stderr, told, keyboard] = child.stdio as [Writable, Readable, Readable, Readable, Writable];
      const complaints: Buffer[] = [];
      stdout.on('data', (bytes: Buffer) => written.push(bytes));
      stderr.on('data', (bytes: Buffer) => complaints.push(bytes));
      for (const pipe of [stdin, keyboard]) pipe.on('error', () => undefined);
      const ended = once(child, 'close');
      const listening = listen(told, keyboard, typist, control);
      try {
        for await (const item of feed.items) stdin.write(`${JSON.stringify(item)}\n`);
        stdin.end();
        await Promise.all([ended, listening]);
      } finally {
        child.kill('SIGKILL');
      }
      if (child.exitCode !== 0) throw new Error(`The view's process failed: ${Buffer.concat(complaints).toString('utf8')}`);
    },
  };
  return { view, written: () => Buffer.concat(written).toString('utf8') };
};

const CHILD = fileURLToPath(new URL('fixtures/text-view-child.ts', import.meta.url));
const OWN_NODE = fileURLToPath(new URL('../../node_modules/.bin/node', import.meta.url));

async function listen(told: Readable, keyboard: Writable, typist: Typist, control: RunControl | undefined): Promise<void> {
  for await (const line of createInterface({ input: told })) {
    const said = JSON.parse(line) as { readonly request?: Request; readonly prompt?: string };
    if (said.request !== undefined) control?.request(said.request);
    if (said.prompt !== undefined) keyboard.write(`${JSON.stringify({ typed: typist(said.prompt) ?? null })}\n`);
  }
}

/** A Node that runs TypeScript as it is: since 22.18 without being asked. */
function nodeForTypeScript(): string {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  return major > 22 || (major === 22 && minor >= 18) ? process.execPath : OWN_NODE;
}

/** A feed of items that are all at hand. */
export function feedOf(items: readonly RunFeedItem[]): RunFeed {
  return {
    items: (async function* () {
      yield* items;
    })(),
  };
}

type RunFeedItem = RunFeed['items'] extends AsyncIterable<infer Item> ? Item : never;
