import { expect, it } from 'vitest';
import { fail } from '../model/failure.ts';
import { busyEvents, doneEvents, pictureAfter } from '../testing/asking-run.ts';
import type { RunPicture } from '../views/tui/run/run-picture.ts';
import { watchRun } from '../views/tui/run/run-picture.ts';
import { afterApp } from './after-app.ts';
import type { Console } from './output.ts';

/** What is said after the app about a run, and the exit code. */
function after(picture: RunPicture): readonly [said: string, code: number] {
  let said = '';
  const out = (text: string): void => {
    said += text;
  };
  const style = { colour: false, unicode: true };
  const console: Console = {
    out,
    err: out,
    style,
    errorStyle: style,
    json: false,
    attended: true,
    overwrites: true,
    app: true,
    columns: () => 80,
  };
  const code = afterApp(picture, console);
  return [said, code];
}

const GOES_ON = 'The run goes on. Come back to it with: fairlead attach cloud\n';

it('a run that goes on is told of, also one of which nothing was heard yet', () => {
  expect(after(pictureAfter(busyEvents()))).toEqual([GOES_ON, 0]);
  expect(after(watchRun('run-1', 'cloud', false).picture())).toEqual([GOES_ON, 0]);
});

it('a record that was read is nothing to tell of', () => {
  expect(after(pictureAfter(busyEvents(), { past: true }))).toEqual(['', 0]);
});

it('a run whose process is gone is told of as a failure, in its exit code too', () => {
  const { failure } = fail('run.engine-gone', 'The process ended.', { fault: 'environment' });
  const [said, code] = after(pictureAfter(busyEvents(), { down: failure }));
  expect(said).toContain('The process ended.');
  expect(code).not.toBe(0);
});

it('a run that stopped has its exit code, one that is done has 0', () => {
  expect(after(pictureAfter([...busyEvents(), { type: 'run.stopped', reason: 'interrupted' }]))[1]).toBe(130);
  expect(after(pictureAfter([...doneEvents(), { type: 'run.finished', outcome: 'ok' }]))[1]).toBe(0);
});
