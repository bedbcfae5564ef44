import type { Typed } from '../../../model/dispatch.ts';
import { words } from '../../lib/words.ts';
import { isKey } from '../key.ts';
import type { PageKind } from '../page.ts';
import { Lines } from '../parts/lines.tsx';
import { moveCursor } from '../parts/scroll.ts';
import { editField, textField } from '../parts/text-field.ts';
import type { InputsState } from './inputs-state.ts';

function typedOf({ texts }: InputsState): Typed {
  return Object.fromEntries(Object.entries(texts).map(([name, { text }]) => [name, text]));
}

/** A field for each input. */
export const inputsPage: PageKind<InputsState> = {
  title: () => 'inputs',
  keys: () => [
    { key: 'Enter', does: 'plan' },
    { key: 'Esc', does: 'back' },
  ],
  takesText: () => true,
  onKey(state, key) {
    const { draft, focus, texts } = state;
    if (isKey(key, 'escape')) return { state, intents: [{ kind: 'back' }] };
    if (isKey(key, 'enter')) return { state, intents: [{ kind: 'open-plan', draft, typed: typedOf(state) }] };
    const moved = moveCursor(focus, key, draft.fields.length, draft.fields.length);
    if (moved !== undefined) return { state: { ...state, focus: moved } };
    const name = draft.fields[focus]?.spec.name ?? '';
    const edited = editField(texts[name] ?? textField(), key);
    return edited === undefined ? { state } : { state: { ...state, texts: { ...texts, [name]: edited } } };
  },
  Body({ state, around: { columns, rows, style } }) {
    const lines = state.draft.fields.map(({ spec }, at) =>
      words(
        `${at === state.focus ? '>' : ' '} ${spec.title}: ${spec.type === 'secret' ? '***' : state.texts[spec.name]?.text}`,
        style,
      ),
    );
    return <Lines lines={lines.slice(0, rows)} columns={columns} style={style} />;
  },
};
