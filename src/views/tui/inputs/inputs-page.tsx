import type { Field } from '../../../model/dispatch.ts';
import type { KeyHint, PageKind } from '../page.ts';
import { Lines } from '../parts/lines.tsx';
import { isTyped } from './edit-entry.ts';
import { formLines } from './form-lines.ts';
import { entryOf, focusedRow, type InputsState, isChanged } from './inputs-state.ts';
import { inputsAfterKey, inputsAfterNews } from './inputs-update.ts';

/** A field for each input. */
export const inputsPage: PageKind<InputsState> = {
  title: ({ draft: { changes, task } }) =>
    changes !== undefined ? 'change inputs' : task === undefined ? 'inputs' : `task ${task.name}`,
  keys: keysOf,
  takesText(state) {
    const row = focusedRow(state);
    return row.kind === 'name' || (row.kind === 'field' && isTyped(row.field.spec));
  },
  onKey: inputsAfterKey,
  onNews: inputsAfterNews,
  Body({ state, around }) {
    return <Lines lines={formLines(state, around)} columns={around.columns} style={around.style} />;
  },
};

function keysOf(state: InputsState): readonly KeyHint[] {
  const row = focusedRow(state);
  const plan = state.draft.changes === undefined ? 'plan' : 'go on';
  const back: KeyHint = { key: 'Esc', does: 'back', explain: 'one page back; asks once more where something was typed' };
  if (row.kind === 'plan') {
    return [{ key: 'Enter', does: plan }, { key: 'up-down', does: 'move' }, back, ...RARE, ...RARE_OF_TEXT];
  }
  const changed = row.kind === 'name' ? state.name?.text.text !== state.draft.deployment : isChanged(state, row.field);
  return [
    { key: 'Enter', does: 'next', explain: 'to the next field' },
    { key: 'Ctrl-P', does: plan, explain: `${plan}, from anywhere; where something is wrong it goes there` },
    ...(row.kind === 'field' ? keysOfField(state, row.field) : []),
    back,
    ...(changed ? [{ key: 'Ctrl-Z', does: 'undo', explain: 'what stood in the field at first' }] : []),
    { key: 'up-down', does: 'move', explain: 'to the field above or below, as do Tab and Shift-Tab' },
    ...RARE,
  ];
}

function keysOfField(state: InputsState, field: Field): readonly KeyHint[] {
  const { type } = field.spec;
  if (!isTyped(field.spec)) return [{ key: 'left-right', does: 'choose', explain: 'choose, as do Space and the first letter' }];
  if (type === 'text') return [{ key: 'Ctrl-J', does: 'new line' }];
  if (type !== 'secret') return [];
  const seen: KeyHint = { key: 'Ctrl-R', does: state.revealed ? 'hide' : 'show' };
  return [{ key: 'Ctrl-G', does: 'make one' }, ...(entryOf(state, field).text === '' ? [] : [seen])];
}

const RARE: readonly KeyHint[] = [
  { key: 'Tab', does: 'next field', rare: true },
  { key: 'Shift-Tab', does: 'field before', rare: true },
  { key: 'PgUp/PgDn', does: 'read on in what explains the field', rare: true },
];

const RARE_OF_TEXT: readonly KeyHint[] = [
  { key: 'Ctrl-P', does: 'plan, from anywhere; where something is wrong it goes there', rare: true },
  { key: 'Ctrl-Z', does: 'in a field: what stood there at first', rare: true },
  { key: 'Ctrl-G', does: 'in a secret: make one at random', rare: true },
  { key: 'Ctrl-R', does: 'in a secret: show it, and hide it again', rare: true },
  { key: 'Ctrl-J', does: 'in a text: a new line', rare: true },
  { key: 'Ctrl-A, -E', does: 'in a text: to its beginning, to its end', rare: true },
  { key: 'Ctrl-U, -K, -W', does: 'in a text: delete to its beginning, to its end, a word', rare: true },
];
