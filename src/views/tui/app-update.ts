import { type AppState, frontPage, type PageState } from './app-state.ts';
import { dialogKey } from './dialogs/dialog-keys.ts';
import type { Intent } from './intent.ts';
import { isCtrl, isText, type Key } from './key.ts';
import { hasRoom } from './least-size.ts';
import type { Message } from './message.ts';
import type { News } from './news.ts';
import type { Around, Turn } from './page.ts';
import { kindOf } from './pages.ts';
import { goesOn } from './run/run-page-state.ts';

/** The app's state after something happened, and what is to be done. Pure: no clock, no work. */
export function updateApp(state: AppState, message: Message, around: Around): Turn<AppState> {
  switch (message.kind) {
    case 'key':
      // It came in one piece with the key after which all is the program's: nobody has seen yet what else it could mean.
      return takesTyped(state, around) ? { state } : onKey(state, message.key, around);
    case 'typed': {
      if (!takesTyped(state, around)) return { state };
      const page = frontPage(state);
      const { notice: _, ...rest } = state;
      const turn = kindOf(page).onTyped?.(page, message.piece, around) ?? { state: page };
      return { ...turn, state: { ...rest, pages: [...state.pages.slice(0, -1), turn.state] } };
    }
    case 'resized': {
      const page = frontPage(state);
      const turn = (hasRoom(around) ? kindOf(page).onResized?.(page, around) : undefined) ?? { state: page };
      return { ...turn, state: { ...state, pages: [...state.pages.slice(0, -1), turn.state] } };
    }
    case 'news': {
      const intents: Intent[] = [];
      const pages = state.pages.map((page) => {
        const turn = kindOf(page).onNews?.(page, message.news, around);
        intents.push(...(turn?.intents ?? []));
        return turn?.state ?? page;
      });
      return { state: { ...forgetful(state, message.news), pages }, intents };
    }
    case 'tick':
      return { state: { ...state, now: message.now } };
    case 'open': {
      const pages = [...(message.instead === true ? state.pages.slice(0, -1) : state.pages), message.page];
      const { notice: _, ...rest } = state;
      return shown({ ...rest, pages });
    }
    case 'back':
      return state.pages.length === 1 ? { state } : shown({ ...state, pages: state.pages.slice(0, -1) });
    case 'home':
      return state.pages.length === 1 ? { state } : shown({ ...state, pages: state.pages.slice(0, 1) });
    case 'trouble':
      return { state: { ...state, dialog: { kind: 'trouble', failure: message.failure, top: 0 } } };
    case 'notice':
      return { state: { ...state, notice: message.text } };
    case 'busy': {
      const { busy: _, ...rest } = state;
      return { state: message.what === undefined ? rest : { ...rest, busy: message.what } };
    }
    case 'mouse':
      return { state: { ...state, mouse: message.on } };
    case 'copied':
      return { state: { ...state, dialog: { kind: 'copied', what: message.what, text: message.text, top: 0 } } };
  }
}

/** Does what is typed go to the page as it comes, and to nobody else? Not while something stands over it. */
export function takesTyped(state: AppState, around: Around): boolean {
  const page = frontPage(state);
  return hasRoom(around) && state.dialog === undefined && kindOf(page).takesTyped?.(page) === true;
}

/** Ctrl-C, Ctrl-T and `?` mean the same everywhere; all else is the dialog's, where there is one, or the page's. */
function onKey(before: AppState, key: Key, around: Around): Turn<AppState> {
  if (!hasRoom(around)) return { state: before, intents: isCtrl(key, 'c') ? [{ kind: 'quit' }] : [] };
  const { notice: _, ...state } = before;
  const page = frontPage(state);
  if (isCtrl(key, 'c')) {
    return { state: state.dialog?.kind === 'leave' ? without(state) : { ...state, dialog: { kind: 'leave', cursor: 0 } } };
  }
  if (isCtrl(key, 't')) return { state, intents: [{ kind: 'toggle-mouse' }] };
  if (state.dialog !== undefined) return dialogKey(state, state.dialog, key, around);
  const kind = kindOf(page);
  if (isText(key, '?') && kind.takesText?.(page) !== true) return { state: { ...state, dialog: { kind: 'keys', top: 0 } } };
  const turn = kind.onKey(page, key, around);
  return { ...turn, state: { ...state, pages: [...state.pages.slice(0, -1), turn.state] } };
}

/** What was asked of a run that has stopped is over: resumed, it was not asked yet. Nor does a notice of it hide the keys. */
function forgetful(state: AppState, news: News): AppState {
  if (news.kind !== 'run' || news.picture.run !== state.stopAsked?.run || goesOn(news.picture)) return state;
  const { stopAsked: _, notice: __, ...rest } = state;
  return rest;
}

function shown(state: AppState): Turn<AppState> {
  const page: PageState = frontPage(state);
  return { state, intents: kindOf(page).onShow?.(page) ?? [] };
}

function without(state: AppState): AppState {
  const { dialog: _, ...rest } = state;
  return rest;
}
