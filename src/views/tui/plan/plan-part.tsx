import type { ReactElement } from 'react';
import { isKey, isText, type Key } from '../key.ts';
import type { KeyHint } from '../page.ts';
import { Lines } from '../parts/lines.tsx';
import { moveCursor, scrollText } from '../parts/scroll.ts';
import { choosable, layOut, type PlanRoom, scrolledText } from './plan-layout.ts';
import { planPanelLines } from './plan-lines.ts';
import { chosenAction, chosenRow, type PlanPartState, rowsOf } from './plan-part-state.ts';

/** What a key did to a plan. */
export interface PlanTurn {
  readonly state: PlanPartState;
  /** The action that was chosen with Enter, from 0. */
  readonly chosen?: number;
}

/** The keys of a plan in its present view; those of its actions are its page's. */
export function planPartKeys(state: PlanPartState): readonly KeyHint[] {
  const all: KeyHint = { key: 'a', does: 'all', explain: 'the whole plan as one text, with every change' };
  switch (state.view) {
    case 'list':
      return [
        { key: 'up-down', does: 'move' },
        enterHint(state),
        all,
        { key: 'Tab or d', does: 'to the detail', explain: 'between the list and what the chosen step will do', rare: true },
        { key: 'PgUp PgDn Home End', does: 'move far', rare: true },
      ];
    case 'detail':
      return [
        { key: 'up-down', does: 'scroll' },
        { key: 'n', does: 'next step' },
        { key: 'p', does: 'previous' },
        { key: 'Esc', does: 'the list' },
        all,
        { key: 'Tab or d', does: 'the list', rare: true },
        { key: 'PgUp PgDn Home End', does: 'scroll far', rare: true },
      ];
    case 'all':
      return [
        { key: 'up-down', does: 'scroll' },
        { key: 'Esc', does: 'the list' },
        { key: 'a, Tab or d', does: 'the list', rare: true },
        { key: 'PgUp PgDn Home End', does: 'scroll far', rare: true },
      ];
  }
}

function enterHint(state: PlanPartState): KeyHint {
  const row = chosenRow(state);
  if (row?.kind === 'group') return { key: 'Enter', does: row.open ? 'fold' : 'open' };
  if (row?.kind === 'step') return { key: 'Enter', does: 'look', explain: 'all that the chosen step will do, with diffs' };
  const action = chosenAction(state);
  const label = action === undefined ? undefined : state.plan.actions[action]?.label;
  return { key: 'Enter', does: label?.toLowerCase() ?? 'choose' };
}

/** What a key does to a plan; undefined where it means nothing to it: Esc in the list, and the keys of the actions. */
export function planPartKey(state: PlanPartState, key: Key, room: PlanRoom): PlanTurn | undefined {
  if (isText(key, 'a')) return { state: { ...state, view: state.view === 'all' ? 'list' : 'all', top: 0 } };
  return state.view === 'list' ? listKey(state, key, room) : textKey(state, key, room);
}

function listKey(state: PlanPartState, key: Key, room: PlanRoom): PlanTurn | undefined {
  const cursor = moveCursor(state.cursor, key, choosable(state), layOut(state, room).rows);
  if (cursor !== undefined) return { state: { ...state, cursor } };
  const row = chosenRow(state);
  const opens = isKey(key, 'enter', 'right') || isText(key, ' ');
  if (row?.kind === 'group' && (opens || isKey(key, 'left'))) {
    const open = state.open.filter((group) => group !== row.group);
    const wanted = isKey(key, 'left') ? false : isKey(key, 'right') ? true : !row.open;
    return { state: { ...state, open: wanted ? [...open, row.group] : open } };
  }
  if (row?.kind === 'step' && (opens || isKey(key, 'tab') || isText(key, 'd'))) {
    return { state: { ...state, view: 'detail', top: 0 } };
  }
  const action = isKey(key, 'enter') ? chosenAction(state) : undefined;
  return action === undefined ? undefined : { state, chosen: action };
}

function textKey(state: PlanPartState, key: Key, room: PlanRoom): PlanTurn | undefined {
  const layout = layOut(state, room);
  const text = scrolledText(state, layout, room) ?? [];
  // The last row says where one is, if there is more than the window shows.
  const rows = text.length > layout.rows ? layout.rows - 1 : layout.rows;
  const top = scrollText(Math.min(state.top, Math.max(0, text.length - rows)), key, text.length, rows);
  if (top !== undefined) return { state: { ...state, top } };
  if (isKey(key, 'escape', 'tab', 'back-tab', 'left', 'enter') || isText(key, 'd'))
    return { state: { ...state, view: 'list', top: 0 } };
  if (state.view === 'all') return undefined;
  if (isText(key, 'n') || isKey(key, 'right')) return { state: neighbour(state, 1) };
  if (isText(key, 'p')) return { state: neighbour(state, -1) };
  return undefined;
}

/** The next step of the list, or the one before, in the detail; at an end it stays where it is. */
function neighbour(state: PlanPartState, way: 1 | -1): PlanPartState {
  const rows = rowsOf(state);
  for (let at = state.cursor + way; at >= 0 && at < rows.length; at += way) {
    if (rows[at]?.kind === 'step') return { ...state, cursor: at, top: 0 };
  }
  return state;
}

/** A plan as a list and the detail of what is chosen: beside each other where there is room, else one at a time. */
export function PlanPanel(props: { readonly state: PlanPartState } & PlanRoom): ReactElement {
  const { state, columns, rows, style } = props;
  return <Lines lines={planPanelLines(state, { columns, rows, style })} columns={columns} style={style} />;
}
