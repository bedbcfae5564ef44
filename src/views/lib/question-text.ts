import type { Json, JsonObject } from '../../model/json.ts';
import { answerName, type Question, secretAskedAbout } from '../../model/questions.ts';
import type { RunState } from '../../model/run-state.ts';
import type { Change } from '../../model/step.ts';
import { adoptLines, oldValuePrompt } from './kept-data-text.ts';
import { changeLines } from './plan-text.ts';
import { paint, type Style } from './style.ts';
import { wordLines, words } from './words.ts';

/** What may be done at a question besides answering it, where the front end has it: its word and what it means. */
export type Besides = Readonly<Record<string, string>>;

/** What is printed before the answer is typed. `title` is that of the question's step. */
export function questionLines(question: Question, title: string, style: Style, besides: Besides = {}): readonly string[] {
  const data = objectOf(question.data);
  const named = words(title === '' ? String(question.step ?? question.about) : title, style);
  switch (question.about) {
    case 'plan':
      return [
        paint(
          takesOf(question).includes('stop')
            ? 'Do this? A no does nothing further; the run stays as it is and can be resumed.'
            : 'Do this? A no changes nothing and gives the run up.',
          'asking',
          style,
        ),
      ];
    case 'manual':
      return [
        '',
        paint(`By hand: ${named}`, 'asking', style),
        ...wordLines(String(data.markdown ?? ''), style).map((line) => `    ${line}`.trimEnd()),
      ];
    case 'in-doubt':
      return [
        '',
        paint(`In doubt: ${named}`, 'asking', style),
        'It had begun when the run ended, and nothing here can tell whether it happened:',
        ...listOf(data.changes).flatMap((change) => (isChange(change) ? changeLines(change, style) : [])),
        ...lostLines(listOf(data.lost), style),
        ...changedLines(listOf(data.changedInputs), style),
        ...(isGivingUp(question) ? [GIVING_UP] : []),
        ...choiceLines({
          ...(choicesOf(question)?.includes('done')
            ? { done: isGivingUp(question) ? 'it did happen: the next run leaves it alone' : 'it did happen, go on' }
            : {}),
          again: isGivingUp(question) ? 'it did not: the next run does it' : 'it did not, do it',
          stop: 'leave it for later: the run stops and can be resumed',
        }),
      ];
    case 'danger': {
      const secret = secretAskedAbout(question);
      const what = secret === undefined ? named : `wipe the data that was made with the old ${words(secret, style)}`;
      return [
        '',
        paint(`Danger: ${what}`, 'bad', style),
        'This will be lost or changed, and it can not be undone:',
        ...listOf(data.targets).map((target) => `    - ${words(String(target), style)}`),
        ...(typeof data.explain === 'string' ? wordLines(data.explain, style) : []),
      ];
    }
    case 'drift':
      return [
        '',
        paint(`Edited by hand: ${named}`, 'asking', style),
        'Going on as the recipe says would do this to it:',
        ...listOf(data.changes).flatMap((change) => (isChange(change) ? changeLines(change, style) : [])),
        ...choiceLines({
          overwrite: 'as the recipe says; a copy of the edited file goes to the backups of this run',
          ...(takesOf(question).includes('keep') ? { keep: KEEP } : {}),
          show: 'show the difference once more',
          stop: 'leave it for later: the run stops and can be resumed',
        }),
      ];
    case 'adopt':
      return adoptLines(question, style);
    case 'failure':
      return [
        paint(`What now with: ${named}`, 'asking', style),
        ...choiceLines({
          retry: 'try it once more',
          ...(takesOf(question).includes('skip') ? { skip: skipText(question, style) } : {}),
          stop: 'leave it for later: the run stops and can be resumed',
          ...besides,
        }),
        // A rotation takes no other inputs.
        ...(takesOf(question).includes('skip') && data.wayBack !== true && besides.change === undefined
          ? ['To change an input: stop, then `fairlead resume --input NAME=VALUE`.']
          : []),
      ];
    default:
      return [
        '',
        paint(`${question.about === 'dialog' ? 'A program asks' : question.about}: ${named}`, 'asking', style),
        ...dataLines(question.data, style),
      ];
  }
}

const SKIP = 'go on without it';
const SKIP_BACK = 'leave it as it is, also where it knows the new value, which is forgotten';
const KEEP = 'leave it as it is, now and later, until the recipe or an input wants something else there';

/** Said where a run is given up with something in doubt. */
export const GIVING_UP = 'The run is given up. Whether the next one does this goes by your word:';

/** Is the doubt asked about since the run is given up? Then no answer does anything in this run. */
export function isGivingUp({ about, data }: Question): boolean {
  return about === 'in-doubt' && objectOf(data).givingUp === true;
}

/** What leaving a failed step out means. Questions of older runs do not say what builds on it. */
export function skipText(question: Question, style: Style): string {
  const { wayBack, skips } = objectOf(question.data);
  if (wayBack === true) return SKIP_BACK;
  if (!Array.isArray(skips)) return `${SKIP} and without what builds on it`;
  if (skips.length === 0) return `${SKIP}; nothing builds on it`;
  const titles = skips.map((step) => words(String(objectOf(step).title ?? ''), style));
  return `${SKIP}, and without ${titles.length} that build${titles.length === 1 ? 's' : ''} on it: ${titles.join('; ')}`;
}

/** What was begun is not what would be done now. */
function changedLines(inputs: readonly Json[], style: Style): readonly string[] {
  if (inputs.length === 0) return [];
  return [`You gave another value of ${words(inputs.join(', '), style)} since: what is done from now on has that.`];
}

/** Why "it did happen" is no answer here. */
function lostLines(lost: readonly Json[], style: Style): readonly string[] {
  if (lost.length === 0) return [];
  return [`Later steps need what only it could tell (${words(lost.join(', '), style)}), and that is lost.`];
}

/** The title of the step that asks; empty where no step does. */
export function questionTitle(question: Question, state: RunState): string {
  return question.step === undefined ? '' : (state.steps.get(question.step)?.title ?? question.step);
}

/** The prompt itself, with what may be typed. */
export function promptOf(question: Question, style: Style, besides: Besides = {}): string {
  if ('word' in question.takes) return `Type ${words(question.takes.word, style)} to go on (Ctrl-D: not now): `;
  if ('secret' in question.takes) return oldValuePrompt(question.takes.secret, style);
  if (question.about === 'manual') return 'Type done when it is done (Ctrl-D: not now): ';
  const choices = choicesOf(question);
  if (question.about === 'drift')
    return `[${[...takesOf(question).filter((choice) => choice !== 'stop'), 'show', 'stop'].join('/')}] `;
  return choices === undefined ? '> ' : `[${words([...choices, ...Object.keys(besides)].join('/'), style)}] `;
}

/** Said when what was typed is no answer. */
export function notAnAnswerText(question: Question, style: Style): string {
  if ('word' in question.takes) return `That is not the word. It is: ${words(question.takes.word, style)}`;
  if ('secret' in question.takes) return 'It can not be empty.';
  const choices = choicesOf(question) ?? [];
  return `Please type ${words(choices.join(' or '), style)}; the first letters are enough.`;
}

/** Said where the command line names an answer that the question does not take; none of any other question. */
export function refusedLines(question: Question, style: Style): readonly string[] {
  if (question.refused !== true) return [];
  const { takes } = question;
  const taken = 'word' in takes ? `the word ${takes.word}` : takesOf(question).join(', ');
  return [words(`What --answer says for ${answerName(question)} is no answer to this. It takes: ${taken}`, style)];
}

/** How to answer where nobody is at the keyboard: the rest of a command line. */
export function answerOption(question: Question, style: Style): string {
  const step = words(question.step ?? '', style);
  if (question.about === 'plan') return '--yes';
  if (question.about === 'manual') return `--ack ${step}`;
  if (question.about === 'drift')
    return `--on-drift ${takesOf(question)
      .filter((choice) => choice !== 'stop')
      .join('|')}`;
  // The program was ended with the run. It is begun anew, with somebody there to be asked.
  if (question.about === 'dialog') return `--answer ${step}=again`;
  const { takes } = question;
  const secret = secretAskedAbout(question);
  // The first answer is asked for again before this one is.
  if (secret !== undefined && 'secret' in takes) return `--answer secrets.${words(secret, style)}=adopt`;
  if (secret !== undefined && 'word' in takes) {
    const first = `--answer secrets.${words(secret, style)}=wipe`;
    return `${first} --answer ${words(answerName(question) ?? '', style)}=${shellWord(words(takes.word, style))}`;
  }
  const value = 'word' in takes ? takes.word : 'choices' in takes ? takes.choices.join('|') : 'VALUE';
  // Without the first, what was given up would go on.
  const givingUp = isGivingUp(question) ? '--abandon ' : '';
  return `${givingUp}--answer ${secret === undefined ? step : words(answerName(question) ?? '', style)}=${words(value, style)}`;
}

/** A path may hold what a shell would take for its own. */
function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

/** Does the operator only want to see once more what is asked about? */
export function wantsToSee(question: Question, typed: string): boolean {
  const text = typed.trim().toLowerCase();
  return question.about === 'drift' && text.length > 1 && 'show'.startsWith(text);
}

/** What else was meant, where what was typed is no answer; like one it may be shortened to what makes it unique. */
export function besideOf(besides: Besides, typed: string): string | undefined {
  const text = typed.trim().toLowerCase();
  const matching = Object.keys(besides).filter((word) => text !== '' && word.startsWith(text));
  return matching.includes(text) ? text : matching.length === 1 ? matching[0] : undefined;
}

/** What the operator typed, as an answer; undefined where it is none. A choice may be shortened to what makes it unique. */
export function answerOf(question: Question, typed: string): Json | undefined {
  const { takes } = question;
  // Spaces may be part of a secret.
  if ('secret' in takes) return typed === '' ? undefined : typed;
  const text = typed.trim();
  if ('word' in takes) return text === takes.word ? text : undefined;
  if (!('choices' in takes)) return text;
  const given = text.toLowerCase();
  if (given === '') return undefined;
  if (isYesOrNo(question) && 'yes'.startsWith(given)) return 'approve';
  if (isYesOrNo(question) && 'no'.startsWith(given)) return takes.choices.find((choice) => choice !== 'approve');
  if (takes.choices.includes(given)) return given;
  const matching = takes.choices.filter((choice) => choice.startsWith(given));
  return matching.length === 1 ? matching[0] : undefined;
}

function isYesOrNo(question: Question): boolean {
  return question.about === 'plan';
}

function takesOf({ takes }: Question): readonly string[] {
  return 'choices' in takes ? takes.choices : [];
}

function choicesOf(question: Question): readonly string[] | undefined {
  if (isYesOrNo(question)) return ['yes', 'no'];
  return 'choices' in question.takes ? question.takes.choices : undefined;
}

function choiceLines(choices: Readonly<Record<string, string>>): readonly string[] {
  const width = Math.max(...Object.keys(choices).map((choice) => choice.length));
  return Object.entries(choices).map(([choice, meaning]) => `    ${choice.padEnd(width)}  ${meaning}`);
}

/** Data of a question that has no words of its own yet: better bare than not at all. */
function dataLines(data: Json, style: Style): readonly string[] {
  const text = objectOf(data).markdown;
  if (typeof text === 'string') return wordLines(text, style).map((line) => `    ${line}`.trimEnd());
  return Object.entries(objectOf(data)).map(
    ([key, value]) => `    ${words(key, style)}: ${words(typeof value === 'string' ? value : JSON.stringify(value), style)}`,
  );
}

function objectOf(data: Json): JsonObject {
  return data !== null && typeof data === 'object' && !Array.isArray(data) ? (data as JsonObject) : {};
}

function listOf(data: Json | undefined): readonly Json[] {
  return Array.isArray(data) ? data : [];
}

function isChange(data: Json): data is Json & Change {
  const { action, target } = objectOf(data);
  return typeof target === 'string' && ['create', 'update', 'delete', 'run', 'check', 'read'].includes(String(action));
}
