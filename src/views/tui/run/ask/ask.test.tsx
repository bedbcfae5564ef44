import { describe, expect, it, vi } from 'vitest';
import type { EventBody } from '../../../../model/events.ts';
import { fail } from '../../../../model/failure.ts';
import type { Question } from '../../../../model/questions.ts';
import { type AppUnderTest, openApp } from '../../../../testing/app-under-test.tsx';
import { ASKING_STEP, busyEvents, failedEvents, failureQuestion } from '../../../../testing/asking-run.ts';
import { createFakeDesk, deskRecipe, type FakeDesk } from '../../../../testing/fake-desk.ts';
import { createFakeRun, type FakeRun } from '../../../../testing/fake-run.ts';
import { KEYS } from '../../../../testing/keys.ts';
import { deferred, toyStep } from '../../../../testing/toy-run.ts';

const step = ASKING_STEP;

/** The app on a run that asks this. */
async function asks(
  question: Omit<Question, 'id'>,
  before: readonly EventBody[] = busyEvents(),
  recipes = [deskRecipe(), deskRecipe({ name: 'cloud' })],
): Promise<{ readonly app: AppUnderTest; readonly run: FakeRun; readonly desk: FakeDesk }> {
  const run = createFakeRun({ run: '20261123T120000Z-c101', deployment: 'cloud' });
  run.show({ type: 'feed.caught-up' });
  run.tell(...before, { type: 'question.asked', question: { id: 'question:9', ...question } });
  const desk = createFakeDesk({ run: () => run.link, recipes });
  const app = openApp(desk, { first: { kind: 'attach', run: run.link.run } });
  await app.shows('waiting for your answer');
  return { app, run, desk };
}

const answer = (value: string | number) => ({ kind: 'answer', id: 'question:9', answer: value });
const manual: Omit<Question, 'id'> = {
  about: 'manual',
  step,
  data: { markdown: 'Open **port 443**.' },
  takes: { choices: ['done'] },
};
const inDoubt: Omit<Question, 'id'> = {
  about: 'in-doubt',
  step,
  data: { title: 'Step', changes: [], lost: [] },
  takes: { choices: ['done', 'again', 'stop'] },
};
const danger: Omit<Question, 'id'> = {
  about: 'danger',
  step,
  data: { title: 'Step', targets: ['/srv'] },
  takes: { word: 'cloud' },
};

describe('a question in the run', () => {
  it('is answered by the letter of a choice', async () => {
    const { app, run } = await asks(manual);
    await app.type('d');
    expect(run.requests).toEqual([answer('done')]);
  });

  it('says where what the command line answers is no answer to it', async () => {
    const { app } = await asks({ ...inDoubt, refused: true });
    await app.shows('It takes: done, again, stop');
  });

  it('is answered by the cursor and Enter', async () => {
    const { app, run } = await asks(failureQuestion(), failedEvents());
    await app.type(KEYS.end, KEYS.up, KEYS.enter);
    expect(run.requests).toEqual([answer('stop')]);
  });

  it('is not answered twice, whatever is pressed', async () => {
    const { app, run } = await asks(failureQuestion(), failedEvents());
    await app.type('rrl', KEYS.enter, 's', 's');
    expect(run.requests).toEqual([answer('retry')]);
  });

  it('has the safe choice under the cursor where the other harms', async () => {
    const { app, run } = await asks(inDoubt);
    await app.type(KEYS.enter);
    expect(run.requests).toEqual([answer('stop')]);
  });

  it('takes a choice that can harm only once it was pointed at', async () => {
    const { app, run } = await asks(inDoubt);
    await app.type('a');
    expect(run.requests).toEqual([]);
    await app.shows('happens twice');
    await app.type('a');
    expect(run.requests).toEqual([answer('again')]);
  });

  it('of a run that is given up says what its answers mean to the next one', async () => {
    const { app, run } = await asks({ ...inDoubt, data: { title: 'Step', changes: [], lost: [], givingUp: true } });
    await app.shows('The run is given up.');
    await app.type('a');
    await app.shows('Nothing is done now. The next run does it.');
    await app.type('a');
    expect(run.requests).toEqual([answer('again')]);
  });

  it('that nobody wants to answer now stops the run', async () => {
    const { app, run } = await asks(manual);
    await app.type('l');
    expect(run.requests).toEqual([{ kind: 'stop', when: 'now' }]);
  });

  it('is read in full with v, and answered after that', async () => {
    const { app, run } = await asks(failureQuestion(), failedEvents());
    await app.type('v');
    await app.hides('look around in a shell');
    await app.type(KEYS.enter);
    expect(run.requests).toEqual([]);
    await app.type('v');
    await app.shows('look around in a shell');
    await app.type('v', KEYS.escape);
    await app.shows('look around in a shell');
  });

  it('offers the choices that a schema lists, and says what the schema wants otherwise', async () => {
    const { app, run } = await asks({
      about: 'input',
      step,
      data: {},
      takes: { schema: { type: 'string', enum: ['small', 'large'] } },
    });
    await app.type('2');
    expect(run.requests).toEqual([answer('large')]);
    const typed = await asks({ about: 'input', step, data: {}, takes: { schema: { type: 'integer', maximum: 9 } } });
    await typed.app.type('x', KEYS.enter);
    await typed.app.shows('a whole number');
    await typed.app.type(KEYS.backspace, '7', KEYS.enter);
    expect(typed.run.requests).toEqual([answer(7)]);
  });
});

describe('a danger', () => {
  it('takes the word and nothing else', async () => {
    const { app, run } = await asks(danger);
    await app.type('clod', KEYS.enter);
    await app.shows('That is not the word. It is: cloud');
    expect(run.requests).toEqual([]);
    await app.type(KEYS.ctrl('u'), 'cloud', KEYS.enter);
    expect(run.requests).toEqual([answer('cloud')]);
  });

  it('says what the recipe says of it', async () => {
    const { app } = await asks({ ...danger, data: { title: 'Step', targets: ['/srv'], explain: 'All that is newer is lost.' } });
    await app.shows('All that is newer is lost.');
  });

  it('stops the run with Ctrl-D', async () => {
    const { app, run } = await asks(danger);
    await app.type('clo', KEYS.ctrl('d'));
    expect(run.requests).toEqual([{ kind: 'stop', when: 'now' }]);
  });
});

describe('an old secret', () => {
  const adopt: Omit<Question, 'id'> = {
    about: 'adopt',
    step,
    data: { title: 'Step', secret: 'pin', volume: 'cloud_db' },
    takes: { secret: 'pin' },
  };

  it('is sent as it was typed, is never on the screen, and is not kept', async () => {
    const { app, run } = await asks(adopt);
    const seen: string[] = [];
    for (const letter of ' xq7 ') {
      await app.type(letter);
      seen.push(app.screen());
    }
    await app.shows('••••••••');
    await app.type(KEYS.enter);
    expect(run.requests).toEqual([answer(' xq7 ')]);
    expect([...seen, app.screen()].join('')).not.toContain('xq');
    expect(JSON.stringify(app.state())).not.toContain('xq7');
  });

  it('is masked by the same mask however long it is', async () => {
    const { app } = await asks(adopt);
    await app.type('a');
    const short = app.screen();
    await app.type('bcdefghijklmnop');
    expect(app.screen()).toBe(short);
  });

  it('can not be empty', async () => {
    const { app, run } = await asks(adopt);
    await app.type(KEYS.enter);
    await app.shows('It can not be empty.');
    expect(run.requests).toEqual([]);
  });
});

describe('a failure', () => {
  it('says which steps would be skipped with it before it skips', async () => {
    const { app, run } = await asks(failureQuestion(), failedEvents());
    await app.type('s');
    await app.shows('Read the one-time token');
    expect(run.requests).toEqual([]);
    await app.type('s');
    expect(run.requests).toEqual([answer('skip')]);
  });

  it('is copied whole, with all of the output that it has', async () => {
    const { app } = await asks(failureQuestion(), failedEvents());
    await app.type('y');
    await app.shows('Copied: the failure');
    expect(app.copied[0]).toContain('attempt 1 of 15');
    expect(app.copied[0]).toContain('docker compose exec');
    await app.type(KEYS.escape);
    await app.shows('try it once more');
  });

  it('leads to its inputs once the run has stopped, and not before', async () => {
    const { app, run, desk } = await asks(failureQuestion(), failedEvents());
    await app.type('c', 'c');
    expect(run.requests).toEqual([answer('stop')]);
    expect(desk.asked.map(({ what }) => what)).toEqual(['attach']);
    run.tell({ type: 'run.stopped', reason: 'failed' });
    run.end();
    await app.shows('Port on this host');
    expect(desk.asked.at(-1)).toEqual({ what: 'draft', ref: 'cloud', deployment: 'cloud', changes: run.link.run });
    expect(run.requests).toEqual([answer('stop')]);
  });

  it('opens its inputs at the first that the failed step uses, and so does the end of the run', async () => {
    const uses = (...names: readonly string[]) => names.map((name) => ({ root: 'inputs', name }) as const);
    const params = deferred({ name: 'admin' }, uses('mail', 'password'));
    const admin = toyStep('admin', 'act', params, { when: deferred(true, uses('size')), title: 'Create the first account' });
    const recipes = [deskRecipe({ name: 'cloud', steps: [admin] })];
    const { app, run } = await asks(failureQuestion(), failedEvents(), recipes);
    await app.type('c');
    run.tell({ type: 'run.stopped', reason: 'failed' });
    run.end();
    await app.shows('› E-mail of the first account');
    await app.type(KEYS.escape);
    await app.shows('go on from here');
    await app.type('i');
    await app.shows('› E-mail of the first account');
  });

  it('waits for the process of the run to let go of the deployment before it opens the inputs', async () => {
    const { app, run, desk } = await asks(failureQuestion(), failedEvents());
    const { draft } = desk.dispatch;
    let tries = 0;
    vi.spyOn(desk.dispatch, 'draft').mockImplementation(async (ref, options) => {
      if (++tries < 3) throw fail('run.held', 'Another fairlead is at work here.');
      return draft(ref, options);
    });
    await app.type('c');
    run.tell({ type: 'run.stopped', reason: 'failed' });
    run.end();
    await app.shows('Port on this host');
    expect(tries).toBe(3);
  });

  it('does not offer another input where none can be given', async () => {
    const { app } = await asks(
      failureQuestion(),
      failedEvents().map((event) => (event.type === 'run.started' ? { ...event, inputs: {} } : event)),
    );
    await app.hides('change an input');
  });
});
