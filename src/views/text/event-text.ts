import { formatDuration } from '../../model/duration.ts';
import type { EventOf, EventType, JournalEvent, Outcome } from '../../model/events.ts';
import type { RunState } from '../../model/run-state.ts';
import { sanitize } from '../../model/untrusted-text.ts';
import { failureLines } from './failure-text.ts';
import { planLines } from './plan-text.ts';
import { type Meaning, paint, type Style, sign } from './style.ts';

/** The lines that an event adds; `state` is the run's state with the event folded in. */
type EventText = {
  readonly [K in EventType]: (event: EventOf<K>, state: RunState, style: Style) => readonly string[];
};

const OUTCOMES: Readonly<Record<Outcome, readonly [keyof typeof GLYPHS, Meaning]>> = {
  ok: ['ok', 'good'],
  changed: ['changed', 'changed'],
  skipped: ['skipped', 'faint'],
  failed: ['failed', 'bad'],
  unreachable: ['failed', 'bad'],
};
const GLYPHS = { ok: 'ok', changed: 'changed', skipped: 'skipped', failed: 'failed' } as const;

/** Exhaustive by construction: a new event without its lines of text does not compile. */
const eventText: EventText = {
  'run.started': (event, _, style) => [
    paint(`${event.recipe.title} (${event.recipe.name} ${event.recipe.version})`, 'strong', style),
    paint(
      `${event.kind === 'converge' ? 'deployment' : `task ${event.options.task ?? ''} of`} ${event.deployment}, run ${event.run}`,
      'faint',
      style,
    ),
    '',
  ],
  'run.resumed': (_, state, style) => [
    paint(`Going on with run ${state.header?.run ?? ''}.`, 'strong', style),
    ...doubtLines(state, style),
  ],
  'plan.forecast': (event, state, style) => [...planLines(event.forecast, titlesOf(state), style), ''],
  'question.asked': () => [],
  'question.answered': (event, _, style) =>
    event.by === 'operator' ? [] : [paint(`Answered by ${event.by}: ${String(event.answer)}`, 'faint', style)],
  'secret.generated': (event, _, style) => [paint(`    made the secret ${event.name}`, 'faint', style)],
  'step.started': () => [],
  'step.intended': () => [],
  'step.finished': (event, state, style) => finishedLines(event, state, style),
  'run.stopped': (event, _, style) => ['', paint(`Stopped: ${STOPS[event.reason]}`, 'bad', style), 'Go on with: fairlead resume'],
  'run.finished': (event, state, style) => [
    '',
    ...(event.outcome === 'abandoned' ? ['Abandoned: nothing further was done.'] : recapLines(state, style)),
    ...(event.finish === undefined ? [] : ['', ...sanitize(event.finish, true).trimEnd().split('\n')]),
  ],
};

const STOPS: Readonly<Record<EventOf<'run.stopped'>['reason'], string>> = {
  failed: 'a step failed.',
  'operator-needed': 'an operator is needed.',
  interrupted: 'interrupted.',
  unreachable: 'the host could not be reached.',
};

/** The lines that an event adds to a plain record of a run. */
export function linesOf(event: JournalEvent, state: RunState, style: Style): readonly string[] {
  const lines = eventText[event.type] as (event: JournalEvent, state: RunState, style: Style) => readonly string[];
  return lines(event, state, style);
}

function titlesOf(state: RunState): ReadonlyMap<string, string> {
  return new Map([...state.steps.values()].map((step) => [step.id, step.title]));
}

function finishedLines(event: EventOf<'step.finished'>, state: RunState, style: Style): readonly string[] {
  const step = state.steps.get(event.step);
  const all = [...state.steps.keys()];
  const place = `${String(all.indexOf(event.step) + 1).padStart(String(all.length).length)}/${all.length}`;
  const [glyph, meaning] = OUTCOMES[event.outcome];
  const took = step?.startedAt === undefined ? undefined : Date.parse(event.at) - Date.parse(step.startedAt);
  const time = took === undefined || took < 1000 ? '' : paint(`  ${formatDuration(took)}`, 'faint', style);
  const word = paint(`${sign(GLYPHS[glyph], style)} ${event.outcome}`.padEnd(style.unicode ? 10 : 11), meaning, style);
  const head = `${paint(place, 'faint', style)} ${word} ${step?.title ?? event.step}${time}`;
  const notes = (event.notes ?? []).map((note) => `    ${paint(sanitize(note), 'faint', style)}`);
  return [head, ...notes, ...(event.failure === undefined ? [] : failureLines(event.failure, style))];
}

function doubtLines(state: RunState, style: Style): readonly string[] {
  return [...state.steps.values()]
    .filter((step) => step.status === 'in-doubt')
    .map((step) => `${sign('doubt', style)} in doubt: ${step.title} (${step.id}) was under way when the run ended.`);
}

/** Ansible's recap: `17 steps: 3 ok, 14 changed`. */
function recapLines(state: RunState, style: Style): readonly string[] {
  const steps = [...state.steps.values()];
  const words: readonly Outcome[] = ['ok', 'changed', 'skipped', 'failed'];
  const counts = words
    .map((word) => [steps.filter((step) => step.status === word).length, word] as const)
    .filter(([count]) => count > 0)
    .map(([count, word]) => paint(`${count} ${word}`, OUTCOMES[word][1], style));
  const took = state.startedAt === undefined || state.at === undefined ? 0 : Date.parse(state.at) - Date.parse(state.startedAt);
  return [`${paint('Done', 'strong', style)} in ${formatDuration(took)}: ${counts.join(', ')}.`];
}
