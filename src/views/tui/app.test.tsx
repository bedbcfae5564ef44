import { expect, test } from 'vitest';
import { openApp } from '../../testing/app-under-test.tsx';
import { createFakeDesk } from '../../testing/fake-desk.ts';
import { KEYS } from '../../testing/keys.ts';

test('keys only: from the first page through recipe, form and plan to the run', async () => {
  const desk = createFakeDesk({
    filled: { mail: { text: 'keeper@example.org', from: 'earlier-run' }, password: { text: '', from: 'vault' } },
  });
  const app = openApp(desk);
  await app.shows('toy');
  await app.type(KEYS.enter);
  await app.shows('Toy');
  await app.type(KEYS.enter);
  await app.shows('inputs');
  await app.type(KEYS.ctrl('p'));
  await app.shows('Plan:');
  await app.type('y');
  await app.hides('Plan:');
  expect(desk.asked.map(({ what }) => what)).toEqual(['draft', 'plan', 'start']);
});

test('Ctrl-C asks, Escape goes back, and the answer q quits', async () => {
  const app = openApp(createFakeDesk());
  await app.shows('toy');
  await app.type(KEYS.ctrl('c'));
  await app.shows('Quit fairlead?');
  await app.type(KEYS.escape);
  await app.hides('Quit fairlead?');
  await app.type(KEYS.ctrl('c'), 'q');
  expect(app.quit()).toBe(true);
});

test('the mouse is off until Ctrl-T, also where text is typed, and Ctrl-T gives it back', async () => {
  const app = openApp(createFakeDesk());
  await app.shows('toy');
  expect(app.state().mouse).toBe(false);
  await app.type(KEYS.ctrl('t'));
  await app.shows('The wheel scrolls here now');
  expect(app.state().mouse).toBe(true);
  await app.type(KEYS.ctrl('t'));
  await app.shows('The mouse is the terminal');
  expect(app.state().mouse).toBe(false);
});
