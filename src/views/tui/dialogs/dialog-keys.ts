import { type AppState, type Dialog, frontPage } from '../app-state.ts';
import { isKey, isText, type Key } from '../key.ts';
import type { Around, Turn } from '../page.ts';
import { moveCursor, scrollText } from '../parts/scroll.ts';
import { leaveChoices } from './leave-choices.ts';

/** So far a dialog's text may be scrolled: where it ends is known to who draws it. */
const FAR = 10_000;

/** What a key does to the dialog that stands over the page. */
export function dialogKey(state: AppState, dialog: Dialog, key: Key, around: Around): Turn<AppState> {
  const { dialog: _, ...closed } = state;
  if (isKey(key, 'escape')) return { state: closed };
  if (dialog.kind === 'leave') {
    const choices = leaveChoices(frontPage(state));
    const cursor = moveCursor(dialog.cursor, key, choices.length, choices.length);
    if (cursor !== undefined) return { state: { ...state, dialog: { ...dialog, cursor } } };
    const chosen = isKey(key, 'enter') ? choices[dialog.cursor] : choices.find((choice) => isText(key, choice.key));
    return chosen === undefined ? { state } : { state: closed, intents: chosen.intents };
  }
  const top = scrollText(dialog.top, key, FAR, around.rows);
  if (top !== undefined) return { state: { ...state, dialog: { ...dialog, top } } };
  return isKey(key, 'enter') || isText(key, 'q', '?', ' ') ? { state: closed } : { state };
}
