import { expect, it } from 'vitest';
import { fail, InputNeeded } from '../model/failure.ts';
import type { InputSpec, Recipe } from '../model/recipe.ts';
import { deskInput } from '../testing/fake-desk.ts';
import { askedWhere, createToyWorld, toyHeader, toyRecipe, toyStep, toyTypes } from '../testing/toy-run.ts';
import { inputNeeded } from './input-needed.ts';
import { createProgram, plainOptions } from './program.ts';
import { virtualState } from './run.ts';

const step = toyStep('one', 'cell', { name: 'one', value: '1' });
const said = (input: InputSpec, { inputs = [], deployment = 'toy', task = '' } = {} as Partial<typeof usual>) => {
  const recipe: Recipe = toyRecipe([step], {
    inputs: [...inputs, input],
    tasks: [
      { name: 'grow', title: 'Grow', inputs: task === '' ? [] : [input], steps: [step] } as unknown as Recipe['tasks'][number],
    ],
  });
  const program = createProgram(recipe, toyTypes(createToyWorld()), task === '' ? plainOptions : { ...plainOptions, task });
  const state = virtualState({ ...toyHeader(program), deployment });
  const error = new InputNeeded(fail('recipe.expression-failed', 'No.').failure, input.name);
  return inputNeeded(error, program, state).failure;
};
const usual = { inputs: [] as readonly InputSpec[], deployment: 'toy', task: '' };

it('one that was left out is given to a run', () => {
  const failure = said(deskInput('user', 'string', { optional: true, title: 'Its user' }), { deployment: 'mine' });
  expect(failure).toMatchObject({
    code: 'inputs.needed',
    message: 'It needs the input user (Its user), which has no value: it was left out.',
    hints: ['To give it: fairlead run toy --name mine --input user=…'],
  });
});

it('one of a task is given to the task', () => {
  const failure = said(deskInput('size', 'string', { optional: true }), { task: 'grow' });
  expect(failure.hints).toEqual(['To give it: fairlead task toy grow --input size=…']);
});

it('one that is not asked for names what decides that, with its values where they can be counted', () => {
  const mail = deskInput('mail', 'choice', { choices: ['none', 'smtp', 'host'] });
  const tls = deskInput('tls', 'boolean');
  const host = (when: InputSpec['when'] & object): InputSpec => deskInput('host', 'hostname', { when });
  const one = said(host(askedWhere("inputs.mail != 'none'", ({ inputs }) => inputs.mail !== 'none', 'mail')), {
    inputs: [mail, tls],
  });
  expect(one.message).toContain("it is asked for only where inputs.mail != 'none'.");
  expect(one.hints).toEqual(['To give it: fairlead run toy --input mail=smtp|host']);
  const both = askedWhere('inputs.tls && inputs.mail', ({ inputs }) => inputs.tls === true, 'tls', 'mail');
  expect(said(host(both), { inputs: [mail, tls] }).hints).toEqual(['To give it: fairlead run toy --input tls=… --input mail=…']);
});
