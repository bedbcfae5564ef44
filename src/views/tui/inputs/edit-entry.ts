import type { InputSpec } from '../../../model/recipe.ts';
import { isCtrl, isKey, isText, type Key } from '../key.ts';
import { editField, type TextField, textField } from '../parts/text-field.ts';

/** Is text typed into it? The others are chosen from. */
export function isTyped({ type }: InputSpec): boolean {
  return type !== 'choice' && type !== 'boolean';
}

/** What can be chosen, as values and as people read them; none where text is typed. */
export function choicesOf({ type, choices }: InputSpec): readonly { readonly value: string; readonly label: string }[] {
  if (type === 'boolean') {
    return [
      { value: 'true', label: 'yes' },
      { value: 'false', label: 'no' },
    ];
  }
  return type === 'choice' ? (choices ?? []).map((value) => ({ value, label: value })) : [];
}

/**
 * What stands in an input after a key; undefined where the key means nothing to it. `hidden`: the text is not shown, and so
 * is changed at its end only.
 */
export function editEntry(spec: InputSpec, entry: TextField, key: Key, hidden: boolean): TextField | undefined {
  if (!isTyped(spec)) return choose(spec, entry, key);
  if (spec.type === 'secret' && hidden) return editHidden(entry, key);
  return isOfLines(spec) ? editLines(entry, key) : editField(entry, key);
}

/** Line breaks are part of its value: of a text, and of a secret such as a key in PEM. */
function isOfLines({ type }: InputSpec): boolean {
  return type === 'text' || type === 'secret';
}

function choose(spec: InputSpec, { text }: TextField, key: Key): TextField | undefined {
  const choices = choicesOf(spec);
  const at = choices.findIndex(({ value }) => value === text);
  const next = (step: number): TextField =>
    textField(choices[(Math.max(at, step > 0 ? -1 : 0) + step + choices.length) % choices.length]?.value);
  if (choices.length === 0) return undefined;
  if (isKey(key, 'right') || isText(key, ' ')) return next(1);
  if (isKey(key, 'left')) return next(-1);
  if (isKey(key, 'home')) return textField(choices[0]?.value);
  if (isKey(key, 'end')) return textField(choices.at(-1)?.value);
  if (spec.optional && (isKey(key, 'backspace', 'delete') || isCtrl(key, 'u'))) return textField();
  if (key.kind === 'paste') return byLabel(choices, key.text.trim());
  return key.kind === 'text' ? byLetter(choices, at, key.text) : undefined;
}

type Choices = ReturnType<typeof choicesOf>;

/** The next one that begins so. */
function byLetter(choices: Choices, at: number, letter: string): TextField | undefined {
  const round = [...choices.slice(at + 1), ...choices.slice(0, at + 1)];
  const found = round.find(({ label }) => label.toLowerCase().startsWith(letter.toLowerCase()));
  return found === undefined ? undefined : textField(found.value);
}

function byLabel(choices: Choices, pasted: string): TextField | undefined {
  const found = choices.find(({ value, label }) => value === pasted || label === pasted);
  return found === undefined ? undefined : textField(found.value);
}

function editHidden({ text }: TextField, key: Key): TextField | undefined {
  const moves =
    isKey(key, 'left', 'right', 'home', 'end', 'delete') || ['a', 'b', 'd', 'e', 'f', 'k'].some((letter) => isCtrl(key, letter));
  if (moves) return textField(text);
  if (isCtrl(key, 'w')) return textField();
  return editLines(textField(text), key);
}

function editLines(entry: TextField, key: Key): TextField | undefined {
  if (isCtrl(key, 'j')) return inserted(entry, '\n');
  return key.kind === 'paste' ? inserted(entry, pastedLines(key.text)) : editField(entry, key);
}

function inserted({ text, cursor }: TextField, more: string): TextField {
  const letters = [...text];
  return {
    text: [...letters.slice(0, cursor), more, ...letters.slice(cursor)].join(''),
    cursor: cursor + [...more].length,
  };
}

/** Line breaks as files have them, none at the end: a copied line brings one that was not meant. */
function pastedLines(text: string): string {
  return (
    text
      .replaceAll(/\r\n?/g, '\n')
      .replace(/\n+$/, '')
      // biome-ignore lint/suspicious/noControlCharactersInRegex: what a clipboard may hold besides text
      .replaceAll(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '')
  );
}
