import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Question } from '../../../../model/questions.ts';
import { stripEscapes } from '../../../../model/untrusted-text.ts';
import { ASKING_STEP, askingPicture, busyEvents, failedEvents, pictureAfter } from '../../../../testing/asking-run.ts';
import type { Style } from '../../../lib/style.ts';
import { paintedWidth } from '../../../lib/width.ts';
import { endPanelLines } from '../ending/end-part.ts';
import { endState } from '../ending/end-state.ts';
import { askLines } from './ask-layout.ts';
import { askOf } from './ask-state.ts';

const step = ASKING_STEP;
const STYLES: readonly Style[] = [
  { colour: true, unicode: true },
  { colour: false, unicode: false },
];

/** Text as a container might print it to move the operator's cursor, or to set their clipboard. */
const foul = fc
  .array(
    fc.oneof(
      fc.constantFrom('\u001b[2J', '\u001b]52;c;aGk=\u0007', '\u009b31m', '\r', '\n', '\t', '# ', '`', '漢'),
      fc.string({ unit: 'binary', maxLength: 12 }),
    ),
  )
  .map((parts) => parts.join(''));

/** A question of any kind whose every text is foul. */
const question: fc.Arbitrary<Omit<Question, 'id'>> = foul.chain((text) => {
  const changes = [{ action: 'update', target: text, property: 'content', diff: text, before: text, after: text }];
  const failure = {
    code: 'command.failed',
    fault: 'bug',
    message: text,
    hints: [text],
    retryable: true,
    evidence: { argv: [text], exit: 1, tail: [text, text] },
  };
  const data = {
    title: text,
    markdown: text,
    changes,
    failure,
    targets: [text],
    lost: [text],
    changedInputs: [text],
    skips: [{ title: text }],
    secret: text,
    volume: text,
  };
  return fc
    .constantFrom('in-doubt', 'manual', 'danger', 'failure', 'drift', 'adopt', 'input', 'dialog')
    .chain((about) =>
      fc
        .constantFrom(
          { choices: ['done', 'again', 'retry', 'skip', 'keep', 'adopt', 'stop', text] },
          { word: text },
          { secret: text },
          { schema: { title: text } },
        )
        .map((takes) => ({ about, step, data: data as never, takes }) as Omit<Question, 'id'>),
    );
});

/** Lines that a terminal takes for nothing but text and paint, each within the room. */
function harmless(lines: readonly string[], rows: number, style: Style): void {
  expect(lines.length).toBeLessThanOrEqual(rows);
  for (const line of lines) {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: what is looked for
    const bare = line.replaceAll(/\u001b\[\d+m/g, '');
    expect(bare).not.toMatch(/[^\P{Cc}\t]/u);
    expect(stripEscapes(line)).toBe(bare);
    if (!style.unicode) expect(line).toMatch(/^[ -~\t]*$/);
  }
}

describe('text from elsewhere', () => {
  it('never leaves a question as more than text, and a question never has more rows than its room', () => {
    fc.assert(
      fc.property(
        question,
        fc.integer({ min: 40, max: 90 }),
        fc.integer({ min: 16, max: 36 }),
        fc.boolean(),
        (asked, columns, rows, full) => {
          const picture = askingPicture(asked, failedEvents());
          for (const style of STYLES) {
            const state = { ...askOf({ id: 'q', ...asked }), ...(full ? { full: true as const } : {}) };
            harmless(askLines(state, picture, { columns, rows, style }), rows, style);
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  it('never leaves the end of a run as more than text', () => {
    fc.assert(
      fc.property(foul, fc.integer({ min: 40, max: 90 }), (text, columns) => {
        const picture = pictureAfter([...busyEvents(), { type: 'run.finished', outcome: 'ok', finish: text }]);
        for (const style of STYLES) {
          harmless(endPanelLines(endState, picture, { columns, rows: 20, style }), 20, style);
          harmless(endPanelLines({ ...endState, copying: 0 }, picture, { columns, rows: 20, style }), 20, style);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('is folded to the room that it has', () => {
    const long = 'word '.repeat(60) + 'x'.repeat(200);
    const picture = askingPicture({ about: 'danger', step, data: { title: long, targets: [long] }, takes: { word: long } });
    const { question: asked } = picture.state;
    if (asked === undefined) throw new Error('nothing is asked');
    for (const style of STYLES)
      for (const line of askLines(askOf(asked), picture, { columns: 49, rows: 20, style }))
        expect(paintedWidth(line)).toBeLessThanOrEqual(49);
  });
});
