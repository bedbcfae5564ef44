import { describe, expect, it } from 'vitest';
import type { EventBody } from '../../../../model/events.ts';
import { type AppUnderTest, openApp } from '../../../../testing/app-under-test.tsx';
import { busyEvents, doneEvents, failedEvents } from '../../../../testing/asking-run.ts';
import { createFakeDesk, deskRecipe, type FakeDesk } from '../../../../testing/fake-desk.ts';
import { createFakeRun } from '../../../../testing/fake-run.ts';
import { KEYS } from '../../../../testing/keys.ts';

const ID = '20261123T120000Z-c101';

/** The app on a run that ended so. */
async function ended(events: readonly EventBody[]): Promise<{ readonly app: AppUnderTest; readonly desk: FakeDesk }> {
  const run = createFakeRun({ run: ID, deployment: 'cloud' });
  run.show({ type: 'feed.caught-up' });
  run.tell(...events);
  run.end();
  const desk = createFakeDesk({ run: () => run.link, recipes: [deskRecipe(), deskRecipe({ name: 'cloud' })] });
  const app = openApp(desk, { first: { kind: 'attach', run: ID } });
  await app.shows(/Stopped|Done/);
  return { app, desk };
}

const stopped: EventBody = { type: 'run.stopped', reason: 'failed' };
const finished = (finish: string): EventBody => ({ type: 'run.finished', outcome: 'ok', finish });

describe('a run that stopped', () => {
  it('goes on with r', async () => {
    const { app, desk } = await ended([...busyEvents(), stopped]);
    await app.type('r');
    expect(desk.asked.at(-1)).toEqual({ what: 'resume', run: ID });
  });

  it('opens its inputs with i, to go on with what is changed', async () => {
    const { app, desk } = await ended([...busyEvents(), stopped]);
    await app.type('i');
    await app.shows('Port on this host');
    expect(desk.asked.at(-1)).toEqual({ what: 'draft', ref: 'cloud', deployment: 'cloud', changes: ID });
  });

  it('is given up only after it was said what that means', async () => {
    const { app, desk } = await ended([...busyEvents(), stopped]);
    await app.type('a');
    await app.shows('this run is final');
    expect(desk.asked.map(({ what }) => what)).toEqual(['attach']);
    await app.type('a');
    expect(desk.asked.at(-1)).toEqual({ what: 'abandon', run: ID });
  });

  it('offers no other inputs where it is a rotation, whose values are its own', async () => {
    const [first, ...rest] = busyEvents({ kind: 'rotate', rotates: ['pin'] });
    const { app } = await ended([...(first === undefined ? [] : [first]), ...rest, stopped]);
    await app.hides('change an input');
  });

  it('shows its failure, and copies it with y', async () => {
    const { app } = await ended([...failedEvents(), stopped]);
    await app.shows('Exit code 1');
    await app.type('y');
    expect(app.copied[0]).toContain(`Create the first account failed (command.failed, run ${ID})`);
  });
});

describe('a run that came to its end', () => {
  it('has its addresses and commands copied by number, and goes back to its words', async () => {
    const { app } = await ended([...doneEvents(), finished('It is at https://cloud.lan.\n\nNext: `fairlead drift cloud`')]);
    await app.type('c');
    await app.shows('Copy which?');
    await app.type('2');
    expect(app.copied).toEqual(['fairlead drift cloud']);
    await app.type(KEYS.escape);
    await app.hides('Copy which?');
    await app.shows('https://cloud.lan');
  });

  it('Escape leaves the choice of what to copy, not the page', async () => {
    const { app } = await ended([...doneEvents(), finished('It is at https://cloud.lan.')]);
    await app.type('c');
    await app.shows('Copy which?');
    await app.type(KEYS.escape);
    await app.hides('Copy which?');
    await app.shows('Record: run');
  });

  it('has no way on that would change something', async () => {
    const { app, desk } = await ended([...doneEvents(), finished('Well.')]);
    await app.type('r', 'a', 'a', 'i', 'y', KEYS.enter);
    expect(desk.asked.map(({ what }) => what)).toEqual(['attach']);
  });

  it('lets no escape sequence of its closing words reach the terminal', async () => {
    const { app } = await ended([...doneEvents(), finished('a\u001b[2Jb `c\u001b]52;c;aGk=\u0007d`')]);
    await app.shows('ab `cd`');
    expect(app.screen()).not.toContain('\u001b[2J');
  });
});
