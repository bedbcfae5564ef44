import type { Json, JsonObject } from '../../model/json.ts';
import { type KeptData, nameOfData } from '../../model/kept-data.ts';
import { type Question, secretVariable } from '../../model/questions.ts';
import { paint, type Style } from './style.ts';
import { words } from './words.ts';

/** What a plan says of data that is there and whose secret the vault does not hold. */
export function adoptsLines(adopts: readonly KeptData[], style: Style): readonly string[] {
  return adopts.map((data) => {
    const ways = ['adopt', ...(data.rotates === true ? ['rotate'] : []), 'wipe'].join(', ');
    const text = `${saying(data, style)} you will be asked (${ways})`;
    return `    ${paint('!', 'asking', style)} ${text}`;
  });
}

/** What is printed before it is answered what becomes of the data, or before the old value is typed. */
export function adoptLines(question: Question, style: Style): readonly string[] {
  const data = keptDataOf(question.data);
  if (data === undefined) return [];
  const secret = words(data.secret, style);
  const variable = words(secretVariable(data.secret), style);
  if ('secret' in question.takes) {
    return [
      '',
      paint(`The old ${secret}`, 'asking', style),
      `Type the value that the data in ${words(nameOfData(data), style)} was made with. It goes to the vault and is not shown.`,
      `Where nobody can type it, it comes from the environment: ${variable}.`,
      'Whether it opens the data is seen when a program uses it; `fairlead secrets set` puts a wrong one right.',
    ];
  }
  const choices = 'choices' in question.takes ? question.takes.choices : [];
  const meanings: readonly (readonly [string, string])[] = [
    ['adopt', `give the old value (typed, or ${variable}): the data stays as it is`],
    ['rotate', 'make a new value, and tell the system that has the data of it'],
    ['wipe', 'remove the data for good, after a typed word; a new value is made'],
    ['stop', 'leave it for later: the run stops and can be resumed'],
  ];
  return [
    '',
    paint(`Data is there: ${words(nameOfData(data), style)}`, 'asking', style),
    `${saying(data, style)} what now?`,
    ...meanings.filter(([choice]) => choices.includes(choice)).map(([choice, meaning]) => `    ${choice.padEnd(6)}  ${meaning}`),
  ];
}

/** The prompt at which an old value is typed, unseen. */
export function oldValuePrompt(secret: string, style: Style): string {
  return `The old ${words(secret, style)} (not shown; Ctrl-D: not now): `;
}

/** The answer to a question that takes a secret, as the journal has it; undefined where it is another one. */
export function secretAnswerText(question: Question | undefined, style: Style): string | undefined {
  if (question === undefined || !('secret' in question.takes)) return undefined;
  return `(kept in the vault as ${words(question.takes.secret, style)})`;
}

/** What is the matter with data that is there. */
export function saying(data: KeptData, style: Style): string {
  const name = words(nameOfData(data), style);
  const place = 'path' in data ? name : `The volume ${name}`;
  const secret = words(data.secret, style);
  return `${place} holds data that opens only with the ${secret} it was made with, and the vault does not have that:`;
}

/** The data that a question is about. */
export function keptDataOf(data: Json): KeptData | undefined {
  if (typeof data !== 'object' || data === null || Array.isArray(data)) return undefined;
  const { secret, path, volume } = data as JsonObject;
  if (typeof secret !== 'string') return undefined;
  if (typeof path === 'string') return { secret, path };
  return typeof volume === 'string' ? { secret, volume } : undefined;
}
