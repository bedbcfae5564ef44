import { it } from 'vitest';
import type { EventBody } from '../../../../model/events.ts';
import { appFrames } from '../../../../testing/app-frames.tsx';
import {
  ASKED_FAILURE,
  ASKING_STEP,
  busyEvents,
  doneEvents,
  failedEvents,
  failureQuestion,
  pictureAfter,
} from '../../../../testing/asking-run.ts';
import { goldenPicture } from '../../../../testing/golden-runs.ts';
import { runPageOf } from '../run-page-state.ts';

const FINISH = `# It is up

Your cloud is at **https://cloud.example.org**.

- First login: \`ada@cloud.example.org\`
- Its password: \`fairlead secrets get cloud admin_password\`

Try next:
    fairlead drift cloud
        After you have edited a file by hand.
    fairlead task cloud backup
`;

const done: EventBody = { type: 'step.finished', step: ASKING_STEP, attempt: 1, outcome: 'changed' };
const stopped = (reason: 'failed' | 'interrupted' | 'operator-needed' | 'unreachable'): EventBody => ({
  type: 'run.stopped',
  reason,
});

it('finished: closing words, what changed, how long, where the record is', async () => {
  const events: readonly EventBody[] = [...doneEvents(), { type: 'run.finished', outcome: 'ok', finish: FINISH }];
  await appFrames('end-finished', runPageOf(pictureAfter(events)));
  await appFrames('end-finished-copy', runPageOf(pictureAfter(events)), ['c', 'down']);
});

it('finished, of a golden run', async () => {
  await appFrames('end-finished-golden', runPageOf(goldenPicture('lighthouse')), ['page-down']);
});

it('finished, and nothing had to be changed', async () => {
  await appFrames('end-nothing', runPageOf(pictureAfter([...doneEvents('ok'), { type: 'run.finished', outcome: 'ok' }])));
});

it('stopped by a failure', async () => {
  await appFrames('end-failed', runPageOf(pictureAfter([...failedEvents(), stopped('failed')])));
});

it('stopped, the way out that is final pointed at', async () => {
  await appFrames('end-give-up', runPageOf(pictureAfter([...failedEvents(), stopped('failed')])), ['a']);
});

it('stopped, since nobody answered', async () => {
  const asked: EventBody = { type: 'question.asked', question: { id: 'failure:admin:9', ...failureQuestion() } };
  await appFrames('end-operator-needed', runPageOf(pictureAfter([...busyEvents(), asked, stopped('operator-needed')])));
});

it('interrupted', async () => {
  await appFrames('end-interrupted', runPageOf(pictureAfter([...busyEvents(), done, stopped('interrupted')])));
});

it('given up', async () => {
  await appFrames('end-abandoned', runPageOf(goldenPicture('given-up')));
});

it('a rotation: in force, stopped between two values, and given up', async () => {
  await appFrames('end-rotated', runPageOf(goldenPicture('rotated')));
  await appFrames('end-rotation-given-up', runPageOf(goldenPicture('rotation-given-up')));
  for (let upTo = 1; upTo < 40; upTo++) {
    const picture = goldenPicture('rotation-given-up', { upTo });
    if (picture.state.status !== 'stopped') continue;
    await appFrames('end-rotation-stopped', runPageOf(picture));
    return;
  }
  throw new Error('the golden rotation never stops');
});

it('its process is gone', async () => {
  const down = { ...ASKED_FAILURE, code: 'run.gone', message: 'The process of this run ended before the run did.', hints: [] };
  const { evidence: _, ...gone } = down;
  await appFrames('end-gone', runPageOf(pictureAfter(busyEvents(), { down: gone })));
});
