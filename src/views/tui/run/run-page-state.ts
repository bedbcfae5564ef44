import type { RunPicture } from './run-picture.ts';

/** A run under way, or a record of one. */
export interface RunPageState {
  readonly kind: 'run';
  readonly picture: RunPicture;
}

/** The page of a run as it stands when it is opened. */
export function runPageOf(picture: RunPicture): RunPageState {
  return { kind: 'run', picture };
}
