import { expect, it } from 'vitest';
import type { InputSpec } from '../model/recipe.ts';
import { deskInput } from '../testing/fake-desk.ts';
import { askedWhere, toyRecipe } from '../testing/toy-run.ts';
import { askMissingInputs } from './ask-inputs.ts';
import type { GivenInputs } from './input-rules.ts';

const plain = { colour: false, unicode: true };
const isSmtp = askedWhere("inputs.mail == 'smtp'", ({ inputs }) => inputs.mail === 'smtp', 'mail');
const INPUTS: readonly InputSpec[] = [
  deskInput('mail', 'choice', { choices: ['none', 'smtp'], schema: { type: 'string', enum: ['none', 'smtp'] } }),
  deskInput('server', 'hostname', { when: isSmtp }),
  deskInput('port', 'port', { when: isSmtp, default: 587 }),
];

/** What is asked for, and with which values it comes back when these are typed. */
async function asked(typed: readonly string[], given: GivenInputs = {}): Promise<{ prompts: string[]; values: object }> {
  const prompts: string[] = [];
  const console = {
    out: () => undefined,
    err: () => undefined,
    style: plain,
    errorStyle: plain,
    attended: true,
    overwrites: false,
    app: false,
    columns: () => 80,
    json: false,
  };
  const answers = [...typed];
  const read = async (prompt: string): Promise<string | undefined> => {
    prompts.push(prompt);
    return answers.shift();
  };
  const whole = await askMissingInputs(toyRecipe([], { inputs: INPUTS }), given, {}, console, { read });
  expect(answers).toEqual([]);
  return { prompts, values: Object.fromEntries(Object.entries(whole).map(([name, { value }]) => [name, value])) };
}

it('asks for what an answer makes needed, and for nothing that it does not', async () => {
  expect(await asked(['none'])).toEqual({ prompts: ['The mail, mail (none, smtp): '], values: { mail: 'none' } });
  expect(await asked(['smtp', 'mail.example.org'])).toEqual({
    prompts: ['The mail, mail (none, smtp): ', 'The server, server: '],
    values: { mail: 'smtp', server: 'mail.example.org' },
  });
});

it('asks for what a value on the command line makes needed', async () => {
  const given: GivenInputs = { mail: { value: 'smtp', source: { kind: 'argument' } } };
  expect(await asked(['mail.example.org'], given)).toMatchObject({ prompts: ['The server, server: '] });
});

it('asks for nothing where something that is not asked for will not do: it would be kept', async () => {
  const given: GivenInputs = { port: { value: 'many', source: { kind: 'argument' } } };
  expect(await asked([], given)).toEqual({ prompts: [], values: { port: 'many' } });
});
