import type { AppState, Dialog } from '../app-state.ts';
import { isKey, isText, type Key } from '../key.ts';
import type { Around, Turn } from '../page.ts';
import { choiceKey } from '../parts/choice-list.ts';
import { scrollText } from '../parts/scroll.ts';
import { dialogWindow } from './dialog-box.tsx';
import { leaveChoices, runGoingOn } from './leave-choices.ts';
import { troubleChoices } from './trouble-choices.ts';

/** What a key does to the dialog that stands over the page. */
export function dialogKey(state: AppState, dialog: Dialog, key: Key, around: Around): Turn<AppState> {
  const { dialog: _, ...closed } = state;
  if (isKey(key, 'escape')) return { state: closed };
  switch (dialog.kind) {
    case 'leave': {
      const turn = choiceKey(leaveChoices(state), dialog.cursor, key);
      if (turn === undefined) return { state };
      const { chosen, cursor } = turn;
      if (chosen === undefined) return { state: { ...state, dialog: { ...dialog, cursor } } };
      const run = runGoingOn(state);
      const asked = chosen.stops === undefined || run === undefined ? {} : { stopAsked: { run, when: chosen.stops } };
      return { state: { ...closed, ...asked }, intents: chosen.intents };
    }
    case 'trouble': {
      const far = isKey(key, 'page-up', 'page-down', 'wheel-up', 'wheel-down', 'home', 'end');
      if (far) return scrolled(state, dialog, key, around);
      const turn = choiceKey(troubleChoices(dialog.failure), dialog.cursor ?? 0, key);
      if (turn === undefined) return { state };
      if (turn.chosen === undefined) return { state: { ...state, dialog: { ...dialog, cursor: turn.cursor } } };
      return { state: closed, intents: turn.chosen.intents };
    }
    default:
      if (isKey(key, 'enter') || isText(key, 'q', '?', ' ')) return { state: closed };
      return scrolled(state, dialog, key, around);
  }
}

function scrolled(state: AppState, dialog: Exclude<Dialog, { kind: 'leave' }>, key: Key, around: Around): Turn<AppState> {
  const { top, count, window } = dialogWindow(state, dialog, around);
  const next = scrollText(top, key, count, window);
  return { state: next === undefined ? state : { ...state, dialog: { ...dialog, top: next } } };
}
