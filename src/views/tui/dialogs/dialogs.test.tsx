import { describe, expect, it } from 'vitest';
import { fail } from '../../../model/failure.ts';
import { type AppUnderTest, openApp } from '../../../testing/app-under-test.tsx';
import { busyEvents, failedEvents, failureQuestion } from '../../../testing/asking-run.ts';
import { createFakeDesk } from '../../../testing/fake-desk.ts';
import { createFakeRun, type FakeRun } from '../../../testing/fake-run.ts';
import { KEYS } from '../../../testing/keys.ts';

const CTRL_C = KEYS.ctrl('c');

/** The app on a run that is at work. */
async function atWork(events = busyEvents()): Promise<{ readonly app: AppUnderTest; readonly run: FakeRun }> {
  const run = createFakeRun({ run: '20261123T120000Z-c101', deployment: 'cloud' });
  run.show({ type: 'feed.caught-up' });
  run.tell(...events);
  const app = openApp(createFakeDesk({ run: () => run.link }), { first: { kind: 'attach', run: run.link.run } });
  await app.shows('Create the fi');
  return { app, run };
}

const stop = (when: string) => ({ kind: 'stop', when });

describe('Ctrl-C on a run', () => {
  it('leaves it running and quits with Enter: the first choice harms nothing', async () => {
    const { app, run } = await atWork();
    await app.type(CTRL_C, KEYS.enter);
    expect(app.quit()).toBe(true);
    expect(run.requests).toEqual([{ kind: 'leave' }]);
  });

  it('offers each time what is left: after the step, now, and leaving behind what does not stop', async () => {
    const { app, run } = await atWork();
    await app.type(CTRL_C, 's');
    await app.shows('stops after this step');
    await app.type(CTRL_C);
    await app.hides('s  stop after this step');
    await app.type('n');
    await app.type(CTRL_C);
    await app.shows('leave behind what does not stop');
    await app.type('b');
    expect(run.requests).toEqual([stop('after-step'), stop('now'), stop('now')]);
    expect(app.quit()).toBe(false);
  });

  it('asks a run anew that was stopped and goes on again', async () => {
    const { app, run } = await atWork();
    await app.type(CTRL_C, 'n');
    await app.shows('stopping');
    run.tell({ type: 'run.stopped', reason: 'interrupted' });
    await app.shows('Stopped: interrupted');
    expect(app.screen()).toContain('r go on');
    run.tell({ type: 'run.resumed', pid: 1, fairlead: '0.1.0' });
    await app.hides('Stopped: interrupted');
    expect(app.screen()).not.toContain('stopping');
    await app.type(CTRL_C);
    await app.shows('stop after this step');
  });

  it('changes nothing with Escape, nor with a second Ctrl-C', async () => {
    const { app, run } = await atWork();
    await app.type(CTRL_C, KEYS.escape, CTRL_C, CTRL_C);
    await app.hides('What now?');
    expect(run.requests).toEqual([]);
  });

  it('does not hide that the run asks, and stops it there', async () => {
    const { app, run } = await atWork([
      ...failedEvents(),
      { type: 'question.asked', question: { id: 'question:9', ...failureQuestion() } },
    ]);
    await app.shows('waiting for your answer');
    await app.type(CTRL_C);
    await app.shows('The run waits for an answer: Failed: Create the first account');
    await app.type('s');
    expect(run.requests).toEqual([stop('now')]);
  });

  it('has forgotten what was asked of a run once that has stopped', async () => {
    const { app, run } = await atWork();
    await app.type(CTRL_C, 'n');
    run.tell({ type: 'run.stopped', reason: 'interrupted' });
    run.end();
    await app.shows('Stopped: interrupted');
    await app.type(CTRL_C);
    await app.shows('Quit fairlead?');
  });
});

describe('a trouble', () => {
  const troubled = async (code: string): Promise<AppUnderTest> => {
    const failure = fail(code, 'It is not to be done.', { hints: ['Try something else.'] });
    const app = openApp(
      createFakeDesk({
        run: () => {
          throw failure;
        },
      }),
      { first: { kind: 'attach', run: 'run-1' } },
    );
    await app.shows('That could not be done');
    return app;
  };

  it('is closed with Escape, Enter or q, and nothing else happens', async () => {
    for (const key of [KEYS.escape, KEYS.enter, 'q']) {
      const app = await troubled('x.y');
      await app.type(key);
      await app.hides('That could not be done');
      expect(app.quit()).toBe(false);
    }
  });

  it('is copied with y', async () => {
    const app = await troubled('x.y');
    await app.type('y');
    expect(app.copied).toEqual(['x.y\nIt is not to be done.\n-> Try something else.']);
  });

  it.each([
    ['host.root-needed', 'sudo fairlead'],
    ['vault.passphrase-needed', 'with the passphrase'],
  ])('%s can not be helped from here: x quits, once that was said', async (code, says) => {
    const app = await troubled(code);
    await app.shows(says);
    await app.type('x');
    expect(app.quit()).toBe(true);
  });
});

describe('the list of all keys', () => {
  it('opens with ? and closes with ?, and has the keys of the page', async () => {
    const { app } = await atWork();
    await app.type('?');
    await app.shows('asks what is to become of the run');
    await app.type('?');
    await app.hides('asks what is to become of the run');
  });
});
