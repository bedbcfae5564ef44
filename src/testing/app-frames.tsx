import { renderToString } from 'ink';
import type { Style } from '../views/lib/style.ts';
import type { AppState, PageState } from '../views/tui/app-state.ts';
import { updateApp } from '../views/tui/app-update.ts';
import { firstHome } from '../views/tui/home/home-state.ts';
import type { Key } from '../views/tui/key.ts';
import type { Message } from '../views/tui/message.ts';
import { aroundOf, Screen } from '../views/tui/screen.tsx';
import { takesAll } from './fake-desk.ts';
import { expectFrame } from './frames.ts';

/** What a page is drawn in: both sizes that pages are made for, with all that terminals have and with the least. */
const STYLES: readonly Style[] = [
  { colour: true, unicode: true },
  { colour: false, unicode: false },
];
const SIZES = [
  { columns: 80, rows: 24 },
  { columns: 120, rows: 40 },
] as const;

/** What happens before a frame is taken: keys by what they are called (one letter is text), and other messages. */
export type Before = string | Message;

/** A named key, a letter, `ctrl-c`. */
export function keyCalled(name: string): Key {
  if (/^ctrl-[a-z]$/.test(name)) return { kind: 'ctrl', letter: name.slice(-1) };
  return [...name].length === 1 ? { kind: 'text', text: name } : ({ kind: 'named', name } as Extract<Key, { kind: 'named' }>);
}

/** Holds the app with this page in front, after all that happened before, against its golden frames. */
export async function appFrames(
  name: string,
  page: PageState | ((size: { readonly columns: number; readonly rows: number }) => PageState | Promise<PageState>),
  before: readonly Before[] = [],
  now = Date.parse('2026-01-01T12:00:20Z'),
): Promise<void> {
  for (const size of SIZES) {
    const front = typeof page === 'function' ? await page(size) : page;
    for (const style of STYLES) {
      let state: AppState = { pages: [firstHome, front], mouse: false, now };
      for (const one of before) {
        const message: Message = typeof one === 'string' ? { kind: 'key', key: keyCalled(one) } : one;
        state = updateApp(state, message, aroundOf({ state, ...size, style, ...takesAll })).state;
      }
      await expectFrame(name, <Screen state={state} {...size} style={style} {...takesAll} />, { ...size, style });
    }
  }
}

/** What the app writes of this state after these keys, without colours, at 120 columns. */
export function drawnNow(first: AppState, keys: readonly string[] = []): string {
  const size = { columns: 120, rows: 40, style: { colour: false, unicode: true } };
  const state = keys.reduce(
    (before, name) =>
      updateApp(before, { kind: 'key', key: keyCalled(name) }, aroundOf({ state: before, ...size, ...takesAll })).state,
    first,
  );
  return renderToString(<Screen state={state} {...size} {...takesAll} />, { columns: size.columns });
}
