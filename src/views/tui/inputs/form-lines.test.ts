import { expect, it } from 'vitest';
import { deskInput, deskRecipe, deskTask, takesAll } from '../../../testing/fake-desk.ts';
import { formLines } from './form-lines.ts';
import { formOf } from './inputs-state.ts';

const spec = deskInput('folder', 'path', { title: 'Where to' });
/** The first line of a task's form, 80 columns wide. */
const heading = (title: string): string | undefined => {
  const task = deskTask('purge', title, { inputs: [spec] });
  const fields = [{ spec, text: '', from: 'nowhere', usedBy: [] } as const];
  const draft = { recipe: deskRecipe({ tasks: [task] }), ref: 'toy', deployment: 'cloud', fields, task };
  const style = { colour: false, unicode: true };
  return formLines(formOf(draft, takesAll), { columns: 80, rows: 20, style, now: 0, ...takesAll })[0];
};

it('a heading says as much as has room: what it is for, where, and what is to come', () => {
  expect(heading('Delete what is old')).toBe('Delete what is old, deployment cloud: what it needs to know');
  expect(heading('Delete what is older than so many days, and say so')).toBe(
    'Delete what is older than so many days, and say so, deployment cloud',
  );
  const long = 'Delete cached media and preview cards of other servers, and clear the cache';
  expect(heading(long)).toBe(long);
});
