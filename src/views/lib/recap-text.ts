import { formatDuration } from '../../model/duration.ts';
import type { Outcome } from '../../model/events.ts';
import type { RunState } from '../../model/run-state.ts';
import { type Meaning, paint, type Style, type sign } from './style.ts';

/** The sign and the meaning of how a step ended. */
export const OUTCOMES: Readonly<Record<Outcome, readonly [Parameters<typeof sign>[0], Meaning]>> = {
  ok: ['ok', 'good'],
  changed: ['changed', 'changed'],
  skipped: ['skipped', 'faint'],
  failed: ['failed', 'bad'],
  unreachable: ['failed', 'bad'],
};

const WORDS = ['ok', 'changed', 'skipped', 'failed', 'unreachable'] as const;

/** Ansible's recap: `3 ok, 14 changed, 2 not done`. */
export function countsText(state: RunState, style: Style): string {
  const steps = [...state.steps.values()];
  const counted = WORDS.map((word) => [steps.filter((step) => step.status === word).length, word] as const)
    .filter(([count]) => count > 0)
    .map(([count, word]) => paint(`${count} ${word}`, OUTCOMES[word][1], style));
  const left = steps.filter((step) => !(WORDS as readonly string[]).includes(step.status)).length;
  return [...counted, ...(left === 0 ? [] : [paint(`${left} not done`, 'faint', style)])].join(', ');
}

/** `Done in 3 m 05 s: 3 ok, 14 changed.` */
export function doneText(state: RunState, style: Style): string {
  const took = state.startedAt === undefined || state.at === undefined ? 0 : Date.parse(state.at) - Date.parse(state.startedAt);
  return `${paint('Done', 'strong', style)} in ${formatDuration(took)}: ${countsText(state, style)}.`;
}

/** Where a step stands among all: ` 3/17`. */
export function placeOf(step: string, state: RunState): string {
  const all = [...state.steps.keys()] as readonly string[];
  return `${String(all.indexOf(step) + 1).padStart(String(all.length).length)}/${all.length}`;
}
