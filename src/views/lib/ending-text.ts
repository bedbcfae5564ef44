import type { StopReason } from '../../model/events.ts';
import { leftAlone, type RunState } from '../../model/run-state.ts';
import { paint, type Style } from './style.ts';
import { words } from './words.ts';

/** Why a run stopped, in words that go on a sentence. */
export const STOPS: Readonly<Record<StopReason, string>> = {
  failed: 'a step failed.',
  'operator-needed': 'an operator is needed.',
  interrupted: 'interrupted.',
  unreachable: 'the host could not be reached.',
};

/** `a new value of pin`, `new values of pin, hash`. */
export function newValues(names: readonly string[], style: Style): string {
  return `${names.length === 1 ? 'a new value' : 'new values'} of ${words(names.join(', '), style)}`;
}

/** Secrets whose new values were put in force. */
export function committedText(names: readonly string[], style: Style): string {
  return names.length === 1
    ? `The new value of ${words(names.join(), style)} is in force. The old one is kept in the vault.`
    : `The new values of ${words(names.join(', '), style)} are in force. The old ones are kept in the vault.`;
}

/** Did any step act, or begin to? One that only looked, or asked, has told nobody anything. */
export function hasActed({ steps }: RunState): boolean {
  return [...steps.values()].some(({ intentSeq }) => intentSeq !== undefined);
}

/** A run that was given up; of a rotation it says which value is in force. */
export function abandonedLines(after: RunState, style: Style): readonly string[] {
  const { header } = after;
  if (header?.kind !== 'rotate') return ['Abandoned: nothing further was done.'];
  const names = words((header.rotates ?? []).join(', '), style);
  const alone = leftAlone(after);
  if (alone.length > 0) {
    const titles = words(alone.map(({ title }) => title).join('; '), style);
    const get = words(`fairlead secrets get ${header.deployment} ${header.rotates?.[0] ?? ''} --staged`, style);
    return [
      paint(`Abandoned: the old value of ${names} is in force, but not where a step was left alone: ${titles}.`, 'strong', style),
      'The new value, which may be known there, is kept until the next rotation:',
      `    ${get}`,
    ];
  }
  return [paint(`Abandoned: the old value of ${names} is in force; the new one is forgotten.`, 'strong', style)];
}

/** What a rotation that stopped in between is at, and what either way out leads to. */
export interface BetweenValues {
  readonly text: string;
  /** How giving it up is called where it still can be: `Go back to it`, `Give it up`. */
  readonly wayBack?: string;
}

/** Of a rotation that stopped in between; undefined of any other run. */
export function betweenValues(after: RunState, style: Style): BetweenValues | undefined {
  const { header, rotation } = after;
  if (header?.kind !== 'rotate' || rotation === undefined || rotation === 'committed') return undefined;
  const names = words((header.rotates ?? []).join(', '), style);
  if (rotation === 'withdrawn')
    return { text: `On its way back to the old value of ${names}; what stands below goes on with that.` };
  return hasActed(after)
    ? {
        text: `The system may know ${newValues(header.rotates ?? [], style)} in parts; the old one is kept.`,
        wayBack: 'Go back to it',
      }
    : { text: `Nothing was told of ${newValues(header.rotates ?? [], style)} yet.`, wayBack: 'Give it up' };
}
