import { formatDuration } from '../../model/duration.ts';
import type { EventOf, EventType, JournalEvent } from '../../model/events.ts';
import type { Question } from '../../model/questions.ts';
import type { RunState } from '../../model/run-state.ts';
import { changeOfMindLines } from '../lib/change-text.ts';
import { abandonedLines, betweenValues, committedText, hasActed, newValues, STOPS } from '../lib/ending-text.ts';
import { failureLines } from '../lib/failure-text.ts';
import { planLines } from '../lib/plan-text.ts';
import { answerOption, questionLines, questionTitle, refusedLines } from '../lib/question-text.ts';
import { countsText, doneText, OUTCOMES, placeOf } from '../lib/recap-text.ts';
import { paint, type Style, sign } from '../lib/style.ts';
import { wordLines, words } from '../lib/words.ts';

/** The run's state around an event. */
export interface Around {
  readonly before: RunState;
  /** With the event folded in. */
  readonly after: RunState;
  /** The question that the run stops for, where it was put before nobody. */
  readonly unasked?: Question;
}

/** The lines that an event adds. */
type EventText = {
  readonly [K in EventType]: (event: EventOf<K>, around: Around, style: Style) => readonly string[];
};

/** Exhaustive by construction: a new event without its lines of text does not compile. */
const eventText: EventText = {
  'run.started': (event, _, style) => [
    paint(words(`${event.recipe.title} (${event.recipe.name} ${event.recipe.version})`, style), 'strong', style),
    paint(words(`${whatFor(event)}, run ${event.run}`, style), 'faint', style),
    '',
  ],
  'run.resumed': (_, { after }, style) => [
    paint(`Going on with run ${words(after.header?.run ?? '', style)}, with its recipe as it was then.`, 'strong', style),
    ...doubtLines(after, style),
    '',
  ],
  'plan.forecast': (event, { after }, style) => [
    ...changeOfMindLines(event.forecast, after.header, style),
    ...planLines(event.forecast, titlesOf(after), style),
    '',
  ],
  'question.asked': ({ question }, _, style) => refusedLines(question, style).map((line) => paint(line, 'asking', style)),
  'question.answered': () => [],
  'secret.generated': (event, _, style) => [
    paint(`    made the secret ${words(event.name, style)}${toldBy(event.rotates, style)}`, 'faint', style),
  ],
  'secret.staged': (event, _, style) => [
    paint(
      `    made ${newValues(Object.keys(event.fingerprints), style)}; what is in force stays so until all is done`,
      'faint',
      style,
    ),
  ],
  'secret.committed': (event, _, style) => ['', paint(committedText(event.names, style), 'good', style)],
  'secret.withdrawn': (event, { before }, style) => [
    paint(
      `Given up: ${newValues(event.names, style)}. ${
        hasActed(before) ? 'What was told of it is told the old one again.' : 'Nothing was told of it.'
      }`,
      'strong',
      style,
    ),
  ],
  'step.started': () => [],
  'step.intended': () => [],
  'step.finished': finishedLines,
  'run.stopped': stoppedLines,
  'run.finished': (event, { after }, style) => [
    '',
    ...(event.outcome === 'abandoned' ? abandonedLines(after, style) : [doneText(after, style)]),
    ...(event.finish === undefined ? [] : ['', ...wordLines(withoutFences(event.finish), style)]),
  ],
};

/** In plain lines a fence around what a program printed is no more than two odd lines. */
function withoutFences(markdown: string): string {
  return markdown
    .split('\n')
    .filter((line) => !/^(`{3,}|~{3,})\w*$/.test(line))
    .join('\n');
}

/** A rotation that stopped in between says what either way out leads to. */
function betweenLines(after: RunState, style: Style): readonly string[] {
  const between = betweenValues(after, style);
  if (between === undefined) return [];
  if (between.wayBack === undefined) return [between.text];
  const back = words(`fairlead resume ${after.header?.run ?? ''} --abandon`, style).trimEnd();
  return [`${between.text} ${between.wayBack} with:`, `    ${back}`];
}

/** The lines that an event adds to a plain record of a run. Questions are not among them: who asks prints them. */
export function linesOf(event: JournalEvent, around: Around, style: Style): readonly string[] {
  const lines = eventText[event.type] as (event: JournalEvent, around: Around, style: Style) => readonly string[];
  return lines(event, around, style);
}

function stoppedLines(event: EventOf<'run.stopped'>, { after, unasked }: Around, style: Style): readonly string[] {
  const resume = words(`fairlead resume ${after.header?.run ?? ''}`, style).trimEnd();
  const head = [
    '',
    `${paint(`Stopped: ${STOPS[event.reason]}`, 'bad', style)} ${countsText(after, style)}.`,
    ...betweenLines(after, style),
  ];
  if (unasked === undefined) return [...head, 'Go on with:', `    ${resume}`, ...wayOutLines(after, resume)];
  const title = questionTitle(unasked, after);
  return [...head, ...questionLines(unasked, title, style), ...answerLines(unasked, resume, style)];
}

/** A task that is not wanted any more stands in the way of the next one; an installation is rather mended. */
function wayOutLines({ header }: RunState, resume: string): readonly string[] {
  return header?.options.task === undefined ? [] : ['Or give it up; what it did stays as it is:', `    ${resume} --abandon`];
}

function answerLines(question: Question, resume: string, style: Style): readonly string[] {
  const answer = `    ${resume} ${answerOption(question, style)}`;
  if (question.about !== 'dialog') return ['Answer with:', answer];
  // Begun anew with nobody there, it stops at the same prompt, unless what made it ask is mended.
  return [
    'Answer it yourself at a terminal, where the program begins anew:',
    `    ${resume}`,
    'Or let it begin anew with nobody there:',
    answer,
  ];
}

function toldBy(rotates: EventOf<'secret.generated'>['rotates'], style: Style): string {
  const titles = rotates?.steps.map(({ title }) => title).join(', ');
  return titles === undefined ? '' : `; the system that has the data is told of it: ${words(titles, style)}`;
}

function whatFor(event: EventOf<'run.started'>): string {
  if (event.kind === 'converge') return `deployment ${event.deployment}`;
  if (event.kind === 'rotate') {
    return `${event.rotates?.length === 1 ? 'a new value' : 'new values'} of ${event.rotates?.join(', ')} for ${event.deployment}`;
  }
  return `task ${event.options.task ?? event.kind} of ${event.deployment}`;
}

function titlesOf(state: RunState): ReadonlyMap<string, string> {
  return new Map([...state.steps.values()].map((step) => [step.id, step.title]));
}

function finishedLines(event: EventOf<'step.finished'>, around: Around, style: Style): readonly string[] {
  const step = around.after.steps.get(event.step);
  const [glyph, meaning] = OUTCOMES[event.outcome];
  const word = paint(`${sign(glyph, style)} ${event.outcome}`.padEnd(style.unicode ? 9 : 10), meaning, style);
  const details = [timeTaken(event, around), event.attempt > 1 ? `attempt ${event.attempt}` : ''].filter((part) => part !== '');
  const small = details.length === 0 ? '' : paint(`  ${details.join(', ')}`, 'faint', style);
  const title = words(step?.title ?? event.step, style);
  const head = `${paint(placeOf(event.step, around.after), 'faint', style)} ${word} ${title}${small}`;
  const notes = (event.notes ?? []).map((note) => `    ${paint(words(note, style), 'faint', style)}`);
  if (event.failure === undefined) return [head, ...notes];
  // What was left out because of another step's failure has nothing to show but that.
  if (event.outcome === 'skipped') return [head, ...notes, `    ${paint(words(event.failure.message, style), 'faint', style)}`];
  return [head, ...notes, ...failureLines(event.failure, style)];
}

/** Nothing where it took less than a second, or where the step ended without having been at work just now. */
function timeTaken(event: EventOf<'step.finished'>, { before }: Around): string {
  const step = before.steps.get(event.step);
  const working = step?.status === 'running' || step?.status === 'intended';
  const took = !working || step.startedAt === undefined ? 0 : Date.parse(event.at) - Date.parse(step.startedAt);
  return took < 1000 ? '' : formatDuration(took);
}

function doubtLines(state: RunState, style: Style): readonly string[] {
  return [...state.steps.values()]
    .filter((step) => step.status === 'in-doubt')
    .map((step) =>
      words(`${sign('doubt', style)} In doubt: ${step.title} (${step.id}) was under way when the run ended.`, style),
    );
}
