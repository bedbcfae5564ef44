import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createFakeDesk, deskDeployment } from '../../../testing/fake-desk.ts';
import { ATTACK } from '../../../testing/fixtures/toy-story.ts';
import { holdDialogue } from './dialogue.ts';

const LINES = [
  ...['', '0', '1', '2', '3', '5', '99', 'toy', 'cloud', 'install', 'resume', 'change', 'give-up', 'again', 'attach'],
  ...['yes', 'no', 'back', '?', 'l', 'q', 'show', 'show 1', 'show all', 'none', '=back', 'type', 'generate', 'keep'],
  ...['me@lan.example', '9000', 'a name', '.', ATTACK],
];

/** What leads on from a prompt: typed at random nobody comes far. */
const ONWARD: readonly (readonly [RegExp, string])[] = [
  [/a part of one/, '3'],
  [/e-mail address, back, \?: /, 'me@lan.example'],
  [/Enter for/, ''],
  [/^Type 1 or 2, back: |^Type 1 to 3, back, or Enter to keep/, '2'],
  [/number to change one/, 'yes'],
  [/^Do this\?|^Give it up/, 'yes'],
];
const onward = (prompt: string): string => ONWARD.find(([asks]) => asks.test(prompt))?.[1] ?? '1';

/** A line, what leads on, or nothing: given up. */
type Word = string | 'onward' | undefined;

/** One that types these words, whatever is asked, and then gives up at each prompt. */
async function typeAnything(said: readonly Word[]) {
  const left = [...said];
  const prompts: string[] = [];
  const lines: (string | undefined)[] = [];
  let written = '';
  const read = async (prompt: string): Promise<string | undefined> => {
    const word = left.shift();
    const line = word === 'onward' ? onward(prompt) : word;
    prompts.push(prompt);
    lines.push(line);
    return line;
  };
  const unfinished = {
    id: 'run-7',
    kind: 'converge',
    what: 'toy 1.0.0',
    startedAt: '2026-01-01T12:00:00.000Z',
    lastAt: '2026-01-01T12:01:00.000Z',
  } as const;
  const desk = createFakeDesk({
    deployments: [deskDeployment('toy'), deskDeployment('cloud', { standing: 'stopped', unfinished })],
  });
  await holdDialogue(desk, {
    write: (text) => {
      written += text;
    },
    style: { colour: false, unicode: true },
    overwrites: false,
    readLine: read,
    readSecret: read,
    onInterrupt: () => () => undefined,
  });
  return { asked: desk.asked, prompts, lines, written };
}

it('whatever is typed, the dialogue comes to its end, shows no control character, and begins nothing without a yes to its plan', async () => {
  const word = fc.oneof(
    { weight: 8, arbitrary: fc.constant('onward') },
    { weight: 4, arbitrary: fc.constantFrom(...LINES) },
    { weight: 1, arbitrary: fc.constant(undefined) },
  );
  let runs = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(word, { minLength: 5, maxLength: 60 }), async (said) => {
      const { asked, prompts, lines, written } = await typeAnything(said);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: what must not be there
      expect(prompts.join('') + written).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/);
      expect(written).not.toContain('did not foresee');
      for (const prompt of prompts) expect(prompt).toMatch(/^[^\n]+(: |\] )$/);
      const begun = asked.filter(({ what }) => what === 'start').length;
      const agreed = prompts.filter((prompt, at) => prompt.startsWith('Do this?') && /^y(es)?$/.test(lines[at] ?? '')).length;
      expect(begun).toBe(agreed);
      runs += begun;
      const given = asked.filter(({ what }) => what === 'abandon').length;
      const sure = prompts.filter((prompt, at) => prompt.startsWith('Give it up?') && lines[at] === 'yes').length;
      expect(given).toBe(sure);
    }),
    { numRuns: 300 },
  );
  expect(runs).toBeGreaterThan(10);
});
