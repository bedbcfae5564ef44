import { it } from 'vitest';
import { appFrames } from '../../../testing/app-frames.tsx';
import {
  ASKED_FAILURE,
  askingPicture,
  busyEvents,
  failedEvents,
  failureQuestion,
  pictureAfter,
} from '../../../testing/asking-run.ts';
import { firstHome } from '../home/home-state.ts';
import { runPageOf } from '../run/run-page-state.ts';

const busy = runPageOf(pictureAfter(busyEvents()));
const asking = runPageOf(askingPicture(failureQuestion(), failedEvents()));

it('Ctrl-C while a run goes on, and again after each way to stop it', async () => {
  await appFrames('dialog-leave', busy, ['ctrl-c']);
  await appFrames('dialog-leave-after-step', busy, ['ctrl-c', 's', 'ctrl-c']);
  await appFrames('dialog-leave-now', busy, ['ctrl-c', 'n', 'ctrl-c', 'down']);
  await appFrames('dialog-stopping', busy, ['ctrl-c', 's']);
});

it('Ctrl-C while the run asks: the question is not hidden', async () => {
  await appFrames('dialog-leave-asking', asking, ['ctrl-c']);
});

it('Ctrl-C without a run', async () => {
  await appFrames('dialog-quit', firstHome, ['ctrl-c']);
});

it('all keys, of a page with a few and of one with many', async () => {
  await appFrames('dialog-keys', asking, ['?']);
  await appFrames('dialog-keys-many', busy, ['?']);
});

it('trouble: what failed, what to try, and keys for it', async () => {
  const held = {
    code: 'run.held',
    fault: 'operator' as const,
    message: 'Another fairlead is at work here: `run cloud`, process 4711 of ada, since 12:00.',
    hints: ['Wait until it is done, or stop it there.'],
    retryable: true,
  };
  const passphrase = {
    ...held,
    code: 'vault.passphrase-needed',
    message: 'The passphrase is needed for the key to the secrets, /etc/fairlead/key.age, and none was given.',
    hints: ['Give it in FAIRLEAD_PASSPHRASE, or on a file descriptor: --passphrase-fd 3 3<FILE.', 'Nothing was changed.'],
  };
  await appFrames('dialog-trouble', firstHome, [{ kind: 'trouble', failure: ASKED_FAILURE }]);
  await appFrames('dialog-trouble-held', firstHome, [{ kind: 'trouble', failure: held }]);
  await appFrames('dialog-trouble-passphrase', firstHome, [{ kind: 'trouble', failure: passphrase }]);
});

it('copied: the text stands alone, so that it can be selected', async () => {
  const text = `docker compose exec -T web bin/accounts create ada@cloud.example.org --role Owner --note ${'long'.repeat(12)}\n  second line`;
  await appFrames('dialog-copied', asking, [{ kind: 'copied', what: 'the failure', text }]);
});
