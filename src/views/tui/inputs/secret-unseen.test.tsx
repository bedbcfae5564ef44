import fc from 'fast-check';
import { renderToString } from 'ink';
import { expect, it } from 'vitest';
import { type FormUnderTest, openForm } from '../../../testing/form-desk.ts';
import { arbitrarySecret } from '../../../testing/secret-fragments.ts';
import { paintedWidth } from '../../lib/width.ts';
import type { Key, KeyName } from '../key.ts';
import { aroundOf, Screen } from '../screen.tsx';
import { formLines } from './form-lines.ts';
import { inputsPage } from './inputs-page.tsx';
import type { InputsState } from './inputs-state.ts';

const SIZE = { columns: 80, rows: 24 };
const STYLE = { colour: true, unicode: true };

const named = (name: KeyName): Key => ({ kind: 'named', name });
const ctrl = (letter: string): Key => ({ kind: 'ctrl', letter });

/** All that may happen to a form with a secret in it, but for the key that shows it and what empties it. */
const arbitraryKeys = fc.array(
  fc.constantFrom<Key>(
    named('down'),
    named('up'),
    named('tab'),
    named('back-tab'),
    named('left'),
    named('home'),
    named('enter'),
    named('backspace'),
    named('delete'),
    named('page-down'),
    named('escape'),
    ctrl('p'),
    ctrl('a'),
    ctrl('j'),
    { kind: 'text', text: '7' },
    { kind: 'paste', text: 'x y' },
  ),
  { maxLength: 7 },
);

/** Long enough to be longer than all that is deleted again; letters that no keyboard has are not typed. */
const arbitraryTyped = arbitrarySecret.filter((secret) => [...printable(secret)].length > 8);

// biome-ignore lint/suspicious/noControlCharactersInRegex: what is left of a text without them
const printable = (text: string): string => text.replaceAll(/[\u0000-\u001f\u007f-\u009f]/g, '');

function frame(form: FormUnderTest): string {
  return renderToString(<Screen state={form.state()} {...SIZE} style={STYLE} {...form.rules} />, { columns: SIZE.columns });
}

/** All that the form gives to be drawn. */
function drawn(form: FormUnderTest): unknown {
  const state = form.state();
  const page = state.pages.at(-1) as InputsState;
  const around = aroundOf({ state, ...SIZE, style: STYLE, ...form.rules });
  const { notice } = state;
  return { title: inputsPage.title(page, around), lines: formLines(page, around), keys: inputsPage.keys(page, around), notice };
}

/** The form with a secret typed into it: its first letters one by one, the rest pasted. */
async function formWith(secret: string): Promise<FormUnderTest> {
  const form = await openForm({ size: SIZE, style: STYLE });
  form.take(named('down'), named('down'), named('down'));
  const [first = '', ...rest] = [...printable(secret)];
  form.take({ kind: 'text', text: first }, { kind: 'paste', text: rest.join('') });
  return form;
}

it('nothing that is drawn tells anything of a secret, not even its length: the form looks the same with another one', async () => {
  await fc.assert(
    fc.asyncProperty(arbitraryTyped, arbitraryTyped, arbitraryKeys, async (one, other, keys) => {
      const [form, twin] = [await formWith(one), await formWith(other)];
      expect(drawn(form)).toEqual(drawn(twin));
      for (const key of keys) {
        form.take(key);
        twin.take(key);
        expect(drawn(form)).toEqual(drawn(twin));
      }
    }),
  );
});

it('no frame holds a secret that was typed, until Ctrl-R shows it', async () => {
  const form = await formWith('correct-horse');
  const seen = (): boolean => /correct|horse/.test(frame(form));
  expect(seen()).toBe(false);
  form.take(ctrl('r'));
  expect(seen()).toBe(true);
  for (const key of [named('down'), named('up'), ctrl('r'), ctrl('p'), named('escape')]) {
    form.take(key);
    expect(seen()).toBe(key.kind === 'ctrl' && key.letter === 'r');
  }
});

it('a secret that was made is as unseen as one that was typed', async () => {
  const frames = await Promise.all(
    ['a', 'another-one-of-another-length'].map(async (text) => {
      const form = await openForm({ size: SIZE, style: STYLE });
      form.take(named('down'), named('down'), named('down'), ctrl('g'), { kind: 'generated', field: 'password', text });
      return frame(form);
    }),
  );
  expect(frames[0]).toBe(frames[1]);
  expect(frames[0]).toContain('made at random');
});

/** Letters, and all that is none: control characters, what reorders and hides, wide and combining ones. */
const arbitraryText = fc
  .array(
    fc.oneof(fc.nat(0x2fff), fc.integer({ min: 0x1f300, max: 0x1faff }), fc.constantFrom(0x1b, 0x9b, 0x200b, 0x202e, 0x5b, 0x6d)),
    {
      maxLength: 60,
    },
  )
  .map((points) => String.fromCodePoint(...points));

it('whatever stands in a field, only what paints it and what can be seen is drawn', async () => {
  await fc.assert(
    fc.asyncProperty(arbitraryText, fc.nat(20), async (text, left) => {
      const form = await openForm({ contents: { filled: { motto: { text, from: 'earlier-run' } } }, size: SIZE, style: STYLE });
      form.take(...Array.from({ length: 11 }, () => named('down')), ...Array.from({ length: left }, () => named('left')));
      const page = form.state().pages.at(-1) as InputsState;
      const around = aroundOf({ state: form.state(), ...SIZE, style: STYLE, ...form.rules });
      const lines = formLines(page, around);
      expect(lines.join('').replaceAll(PAINT, '')).not.toMatch(UNSEEN);
      expect(Math.max(...lines.map(paintedWidth))).toBeLessThanOrEqual(SIZE.columns);
    }),
    { numRuns: 50 },
  );
});

// biome-ignore lint/suspicious/noControlCharactersInRegex: what paints begins with one
const PAINT = /\u001b\[\d+m/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: that none is left is what this looks for
const UNSEEN = /[\u0000-\u001f\u007f-\u009f\u200b\u202a-\u202e\u2066-\u2069\ufeff]/;
