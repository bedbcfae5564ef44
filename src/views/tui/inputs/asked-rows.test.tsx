import { describe, expect, it } from 'vitest';
import type { Recipe } from '../../../model/recipe.ts';
import { type AppUnderTest, openApp } from '../../../testing/app-under-test.tsx';
import { createFakeDesk, deskInput, deskRecipe, type FakeDesk, type FakeDeskContents } from '../../../testing/fake-desk.ts';
import { KEYS } from '../../../testing/keys.ts';
import { askedWhere } from '../../../testing/toy-run.ts';

const isSent = askedWhere("inputs.mail != 'none'", ({ inputs }) => inputs.mail !== 'none', 'mail');
const WAYS = ['none', 'smtp'];

/** Of six inputs three are asked for only where mail is sent, and the last of these only where somebody logs in. */
const recipe: Recipe = deskRecipe({
  name: 'post',
  inputs: [
    deskInput('host', 'hostname', { title: 'Host name', default: 'post.lan' }),
    deskInput('mail', 'choice', { title: 'Mail', default: 'none', choices: WAYS, schema: { type: 'string', enum: WAYS } }),
    deskInput('server', 'hostname', { title: 'Server', when: isSent, schema: { type: 'string', pattern: '^[a-z.]+$' } }),
    deskInput('user', 'string', { title: 'Login', optional: true, when: isSent }),
    deskInput('word', 'secret', {
      title: 'Its password',
      when: askedWhere('inputs.user != null', ({ inputs }) => inputs.user !== null, 'user'),
    }),
    deskInput('folder', 'path', { title: 'Folder', default: '/srv/post' }),
  ],
});

async function openForm(contents: FakeDeskContents = {}): Promise<{ readonly app: AppUnderTest; readonly desk: FakeDesk }> {
  const desk = createFakeDesk({ recipes: [recipe], ...contents });
  const app = openApp(desk, { first: { kind: 'open-inputs', ref: 'post' } });
  await app.shows('[ Plan ]');
  return { app, desk };
}

/** The titles of the rows, as they are on the screen, the one under the cursor marked. */
function rows(app: AppUnderTest): readonly string[] {
  const lines = app.screen().split('\n');
  const titles = recipe.inputs.map(({ title }) => title);
  return lines.flatMap((line) => {
    const title = titles.find((one) => line.slice(2).startsWith(one) && /^[› ] /.test(line));
    return title === undefined ? [] : [`${line.startsWith('›') ? '>' : ''}${title}`];
  });
}

const planned = (desk: FakeDesk): unknown => desk.asked.find(({ what }) => what === 'plan');

describe('a field that is not asked for', () => {
  it('has no row; it comes and goes at once with the choice above it, and the cursor stays where it is', async () => {
    const { app } = await openForm();
    expect(rows(app)).toEqual(['Host name', 'Mail', 'Folder']);
    await app.type(KEYS.down, KEYS.down, KEYS.right);
    expect(rows(app)).toEqual(['Host name', '>Mail', 'Server', 'Login', 'Folder']);
    await app.type(KEYS.left);
    expect(rows(app)).toEqual(['Host name', '>Mail', 'Folder']);
  });

  it('is passed by with Tab, and one that has come is not', async () => {
    const { app } = await openForm();
    await app.type(KEYS.down, KEYS.down, KEYS.tab);
    expect(rows(app)).toEqual(['Host name', 'Mail', '>Folder']);
    await app.type(KEYS.backTab, KEYS.right, KEYS.tab);
    expect(rows(app)).toEqual(['Host name', 'Mail', '>Server', 'Login', 'Folder']);
  });

  it('may hang on what is typed into another, letter by letter', async () => {
    const { app } = await openForm();
    await app.type(KEYS.down, KEYS.down, KEYS.right, KEYS.down, KEYS.down, 'k');
    expect(rows(app)).toEqual(['Host name', 'Mail', 'Server', '>Login', 'Its password', 'Folder']);
    await app.type(KEYS.backspace);
    expect(rows(app)).toEqual(['Host name', 'Mail', 'Server', '>Login', 'Folder']);
  });

  it('is not missed, and what is wrong in it neither counts nor keeps from planning', async () => {
    const { app, desk } = await openForm();
    await app.type(KEYS.down, KEYS.down, KEYS.right, KEYS.down, 'NOT A HOST', KEYS.down);
    expect(app.screen()).toContain('▲ one input is not right yet');
    await app.type(KEYS.up, KEYS.up, KEYS.left);
    expect(app.screen()).not.toContain('not right yet');
    await app.type(KEYS.ctrl('p'));
    await app.shows('Plan:');
    expect(planned(desk)).toMatchObject({ typed: { mail: 'none' } });
  });

  it('stays typed, and is there again when it comes back', async () => {
    const { app } = await openForm();
    await app.type(KEYS.down, KEYS.down, KEYS.right, KEYS.down, 'mail.lan', KEYS.up, KEYS.left, KEYS.right, KEYS.down);
    expect(app.screen()).toMatch(/› Server +mail\.lan▏/);
  });

  it('is needed where it is asked for, and not blamed before it was left', async () => {
    const { app, desk } = await openForm();
    await app.type(KEYS.ctrl('p'));
    await app.shows('Plan:');
    await app.type(KEYS.escape);
    await app.shows('[ Plan ]');
    await app.type(KEYS.down, KEYS.down, KEYS.right);
    expect(app.screen()).not.toContain('▲');
    await app.type(KEYS.ctrl('p'));
    await app.shows('One of the inputs is not right yet: this one.');
    expect(rows(app)).toContain('>Server');
    expect(desk.asked.filter(({ what }) => what === 'plan')).toHaveLength(1);
  });

  it('comes with what an earlier run had, of another name of the deployment too', async () => {
    const { app } = await openForm({ filled: { mail: { text: 'smtp', from: 'earlier-run' } } });
    expect(rows(app)).toEqual(['Host name', 'Mail', 'Server', 'Login', 'Folder']);
    await app.type('-two', KEYS.tab);
    await app.hides('looking at it');
    expect(rows(app)).toEqual(['>Host name', 'Mail', 'Server', 'Login', 'Folder']);
  });
});

it('a run that is prepared goes to its plan at once where only what is not asked for is missing', async () => {
  const desk = createFakeDesk({ recipes: [recipe] });
  const app = openApp(desk, { first: { kind: 'prepare', ref: 'post' } });
  await app.shows('Plan:');
});
