import { copyablesOf } from '../../../lib/markdown-copies.ts';
import type { Style } from '../../../lib/style.ts';
import { words } from '../../../lib/words.ts';
import type { Intent } from '../../intent.ts';
import type { Choice } from '../../parts/choice-list.ts';
import { failureAsText } from '../ask/ask-failure.ts';
import type { RunPicture } from '../run-picture.ts';
import { exportCommand, failedSteps } from './end-words.ts';

/** One way to go on from the end of a run. */
export interface EndChoice extends Choice {
  /** In a word or two, as the key bar has it. */
  readonly brief: string;
  readonly intent: Intent;
}

/** The ways to go on: none where the run came to its end. */
export function endChoices(picture: RunPicture): readonly EndChoice[] {
  const { state, run, down, past } = picture;
  const unfinished = state.status === 'stopped' || (state.status === 'running' && !past && down !== undefined && down !== 'over');
  if (state.status === 'running' && down === 'over') {
    return [{ key: 'r', label: 'look at it again', brief: 'attach', leads: '', intent: { kind: 'attach', run } }];
  }
  if (!unfinished) return [];
  const { header } = state;
  const withInputs = header !== undefined && header.kind !== 'rotate' && Object.keys(header.inputs).length > 0;
  const rotating = header?.kind === 'rotate' && state.rotation !== undefined;
  return [
    {
      key: 'r',
      label: 'go on from here',
      brief: 'go on',
      leads: 'What is done is not done again; what failed is tried anew.',
      intent: { kind: 'resume', run },
    },
    ...(withInputs
      ? [
          {
            key: 'i',
            label: 'change an input, then go on',
            brief: 'inputs',
            leads: 'You see what the change invalidates before anything is done.',
            intent: { kind: 'open-inputs', ref: header.recipe.name, deployment: header.deployment, changes: run } as const,
          },
        ]
      : []),
    ...copyFailure(picture),
    {
      key: 'a',
      label: rotating ? 'give it up: back to the old value' : 'give the run up',
      brief: 'give up',
      leads: rotating
        ? 'What was told of the new value is told the old one again. Then this run is final.'
        : 'What is done stays as it is, nothing further is done, and this run is final. The next one begins anew.',
      careful: true,
      intent: { kind: 'abandon', run },
    },
  ];
}

function copyFailure({ state, run, down }: RunPicture): readonly EndChoice[] {
  const last = failedSteps(state).at(-1);
  const failure = last?.failure ?? (down === 'over' ? undefined : down);
  if (failure === undefined) return [];
  const text = failureAsText({ title: last?.failure === undefined ? 'The process' : last.title, run }, failure);
  return [{ key: 'y', label: 'copy the failure', brief: 'copy', leads: '', intent: { kind: 'copy', text, what: 'the failure' } }];
}

/** What can be copied out of an ending: the addresses and commands of its closing words, and the one that prints the record. */
export function endCopies(picture: RunPicture, style: Style): readonly EndChoice[] {
  const { finish } = picture.state;
  const found = finish === undefined ? [] : copyablesOf(finish).map(({ text }) => text);
  return [...found.slice(0, 8), exportCommand(picture)].map((text, at) => ({
    key: String(at + 1),
    label: words(text, style),
    brief: 'copy',
    leads: '',
    intent: { kind: 'copy', text, what: words(text, style) },
  }));
}
