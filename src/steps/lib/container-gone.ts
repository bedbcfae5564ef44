import { type Evidence, type FairleadError, fail } from '../../model/failure.ts';

/** A container that was there is not any more. `meanwhile` says what was being done: `its log was read`. */
export function containerGone(name: string, meanwhile: string, evidence?: Evidence): FairleadError {
  return fail('docker.container-gone', `The container ${name} was removed while ${meanwhile}.`, {
    fault: 'environment',
    hints: [
      'See who removed it: `docker events --since 1h --until 0s --filter event=destroy`.',
      'Have it made again: go on with `fairlead resume --from STEP`, STEP being the one that starts it.',
    ],
    retryable: true,
    ...(evidence === undefined ? {} : { evidence }),
  });
}
