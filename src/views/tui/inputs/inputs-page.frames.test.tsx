import { describe, it } from 'vitest';
import { fail, failureOf } from '../../../model/failure.ts';
import { deskInput, deskRecipe, type FakeDeskContents } from '../../../testing/fake-desk.ts';
import { openForm } from '../../../testing/form-desk.ts';
import { expectFrame } from '../../../testing/frames.ts';
import type { Key, KeyName } from '../key.ts';
import type { News } from '../news.ts';
import { Screen } from '../screen.tsx';

const LOOKS = [
  { columns: 80, rows: 24, style: { colour: true, unicode: true } },
  { columns: 80, rows: 24, style: { colour: false, unicode: false } },
  { columns: 120, rows: 40, style: { colour: true, unicode: true } },
  { columns: 120, rows: 40, style: { colour: false, unicode: false } },
] as const;

const key = (name: KeyName): Key => ({ kind: 'named', name });
const ctrl = (letter: string): Key => ({ kind: 'ctrl', letter });
const text = (typed: string): Key => ({ kind: 'paste', text: typed });
const down = (times: number): readonly Key[] => Array.from({ length: times }, () => key('down'));

interface Scene {
  readonly contents?: FakeDeskContents;
  readonly changes?: string;
  readonly named?: boolean;
  readonly done?: readonly (Key | News)[];
}

const FILLED: NonNullable<FakeDeskContents['filled']> = {
  host: { text: 'beacon.example.org', from: 'earlier-run' },
  mail: { text: 'keeper@example.org', from: 'earlier-run' },
  password: { text: '', from: 'vault' },
  port: { text: '9000', from: 'earlier-run' },
};

const BAD_NAME = failureOf(
  fail('state.bad-name', 'beacon! can not be the name of a deployment.', {
    hints: ['Small letters, digits, - and _; a letter first.'],
  }),
);

const SCENES: Readonly<Record<string, Scene>> = {
  'as it opens': {},
  'of a deployment that exists': { contents: { filled: FILLED } },
  'a field being typed': { done: [...down(1), text('beacon.exa')] },
  'a field that was left wrong': { done: [...down(1), text('-beacon'), ...down(1), text('keeper'), key('down'), key('up')] },
  'a value wider than its field': {
    done: [...down(1), text(`a${'bcdefghij'.repeat(12)}.example.org`), ...Array.from({ length: 30 }, () => key('left'))],
  },
  'wide letters': { done: [...down(11), text('灯台は海を照らす — 光'), key('left'), key('left')] },
  'a secret being typed': { done: [...down(3), text('correct horse')] },
  'a secret that is shown': { done: [...down(3), text('correct horse'), ctrl('r')] },
  'a secret that was made': { done: [...down(3), ctrl('g'), { kind: 'generated', field: 'password', text: 'm4de' }] },
  'a secret of the vault': { contents: { filled: FILLED }, done: down(3) },
  'a choice': { done: [...down(6), key('right')] },
  'many choices': {
    contents: {
      recipes: [
        deskRecipe({
          name: 'beacon',
          inputs: [
            deskInput('zone', 'choice', {
              title: 'Time zone',
              default: 'Europe/Berlin',
              choices: ['Africa/Lagos', 'America/Lima', 'Asia/Tokyo', 'Europe/Berlin', 'Europe/Lisbon', 'Pacific/Auckland'],
            }),
          ],
        }),
      ],
    },
    done: [...down(1), key('right')],
  },
  'yes or no': { done: [...down(7), { kind: 'text', text: ' ' }] },
  'a text of several lines': { done: [...down(8), text('# Welcome\n\nBe kind.')] },
  'the last fields': { done: down(12) },
  'a long explanation read on': { done: [...down(12), key('page-down'), key('page-down')] },
  'the way on': { contents: { filled: FILLED }, done: [...down(4), text('1'), ...down(9)] },
  'planned too early': { done: [ctrl('p')] },
  'a name being looked at': { done: [text('-two'), key('down')] },
  'a name that will not do': {
    done: [
      text('!'),
      key('down'),
      { kind: 'draft', deployment: 'beacon!', draft: { status: 'failed', failure: BAD_NAME } },
      key('up'),
    ],
  },
  'a run that goes on': {
    contents: { filled: FILLED },
    changes: '2026-11-23-0815-beacon',
    done: [...down(3), ctrl('u'), text('9001')],
  },
  'a deployment that was chosen': { contents: { filled: FILLED }, named: true },
  'planned while the name is looked at': { contents: { filled: FILLED }, done: [text('-two'), ctrl('p')] },
  'no inputs': { contents: { recipes: [deskRecipe({ name: 'beacon', inputs: [] })] }, named: true },
  'no inputs but a name': { contents: { recipes: [deskRecipe({ name: 'beacon', inputs: [] })] } },
  'left with something typed': { done: [...down(1), text('beacon.example.org'), key('escape')] },
  'a text from elsewhere': {
    contents: { filled: { motto: { text: '\u001b]0;owned\u0007\u001b[31mred\u202e \u200bquiet', from: 'earlier-run' } } },
    done: down(11),
  },
};

describe.each(LOOKS)('the form at $columns x $rows, colour $style.colour', ({ columns, rows, style }) => {
  it.each(Object.entries(SCENES))('%s', async (name, { done = [], ...scene }) => {
    const form = await openForm({ ...scene, size: { columns, rows }, style });
    form.take(...done);
    const screen = <Screen state={form.state()} columns={columns} rows={rows} style={style} {...form.rules} />;
    await expectFrame(`inputs/${name.replaceAll(' ', '-')}`, screen, { columns, rows, style });
  });
});
