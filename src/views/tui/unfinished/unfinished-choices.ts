import type { DeploymentSummary, RunSummary } from '../../../model/catalogue.ts';
import { foldAllPainted } from '../../lib/fold-painted.ts';
import { endText } from '../../lib/standing-text.ts';
import { paint } from '../../lib/style.ts';
import { when } from '../../lib/when.ts';
import { words } from '../../lib/words.ts';
import type { Intent } from '../intent.ts';
import { isKey, type Key } from '../key.ts';
import type { Around } from '../page.ts';
import { type Choice, choiceKey, choiceLines } from '../parts/choice-list.ts';

/** A deployment with a run that has not come to its end. */
export type Unfinished = DeploymentSummary & { readonly unfinished: RunSummary };

/** One way to go on with an unfinished run. */
export interface UnfinishedChoice extends Choice {
  readonly intent: Intent;
}

/** Has it a run that has not come to its end, and that no living process has? */
export function isUnfinished(deployment: DeploymentSummary | undefined): deployment is Unfinished {
  return deployment?.unfinished !== undefined && (deployment.standing === 'stopped' || deployment.standing === 'broken-off');
}

/** What may become of it. A rotation works with the inputs that are in force: they are not to be changed. */
export function unfinishedChoices({ name, recipe, unfinished: { id, kind } }: Unfinished): readonly UnfinishedChoice[] {
  const rotates = kind === 'rotate';
  return [
    {
      key: 'r',
      label: 'resume it',
      leads: 'Go on where it stopped, with its inputs. What is done stays done.',
      intent: { kind: 'resume', run: id },
    },
    ...(kind === 'converge' || kind === 'task'
      ? [
          {
            key: 'i',
            label: 'change inputs, and go on',
            leads: 'Go on with other values. What they invalidate is shown first.',
            intent: { kind: 'open-inputs', ref: recipe?.ref ?? name, deployment: name, changes: id } as const,
          },
        ]
      : []),
    {
      key: 'g',
      label: 'give it up',
      careful: true,
      leads: rotates
        ? 'Go back to the old value, and tell it to whatever knows the new one.'
        : 'Close it for good. What it did stays, and the next run builds on it.',
      intent: { kind: 'abandon', run: id },
    },
    {
      key: 'o',
      label: 'look at its record',
      leads: 'Read what it did, step by step. Nothing changes.',
      intent: { kind: 'show-record', run: id },
    },
  ];
}

/** What a key does while the choices are shown: it moves, chooses or goes back; undefined: nothing. */
export function unfinishedKey(
  deployment: Unfinished,
  cursor: number,
  key: Key,
): { readonly cursor: number } | { readonly intent: Intent } | 'back' | undefined {
  if (isKey(key, 'escape')) return 'back';
  const turn = choiceKey(unfinishedChoices(deployment), cursor, key);
  return turn?.chosen === undefined ? turn : { intent: turn.chosen.intent };
}

/** The choices, with what they are about. */
export function unfinishedLines(deployment: Unfinished, cursor: number, { columns, style, now }: Around): readonly string[] {
  const { name, unfinished } = deployment;
  const about = `Its run of ${when(unfinished.startedAt, now)} (${unfinished.what}) ${endText(unfinished)}.`;
  // What was installed is as it was: nobody shall think otherwise.
  const whose = unfinished.kind === 'task' ? `Task ${unfinished.what} of ${name}` : name;
  const choices = unfinishedChoices(deployment);
  const lines = choiceLines(choices, cursor, columns, style);
  return [
    '',
    ...foldAllPainted([`  ${paint(`${words(whose, style)} has not come to its end`, 'asking', style)}`], columns),
    '',
    ...foldAllPainted([`  ${words(about, style)}`], columns, 0),
    '',
    ...lines.slice(0, choices.length),
    '',
    ...lines.slice(choices.length),
    '',
    paint('  Esc  back: all stays as it is', 'faint', style),
  ];
}
