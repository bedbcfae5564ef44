import { isCtrl, isKey, type Key } from '../key.ts';
import type { Around, KeyHint, PageKind, Turn } from '../page.ts';
import { Lines } from '../parts/lines.tsx';
import { moveCursor, scrollText } from '../parts/scroll.ts';
import { editField, textField } from '../parts/text-field.ts';
import { aboutTask, listRoom, tasksLines, toldRoom } from './tasks-lines.ts';
import { chosenTask, foundTasks, type TasksState } from './tasks-state.ts';

/** A deployment's tasks: each leads to what it asks for, and to its plan. */
export const tasksPage: PageKind<TasksState> = {
  title: ({ deployment }) => `tasks of ${deployment}`,
  keys,
  onKey,
  onNews(state, news) {
    if (news.kind !== 'tasks' || news.deployment !== state.deployment) return { state };
    const next = { ...state, tasks: news.tasks };
    return { state: { ...next, cursor: Math.max(0, Math.min(state.cursor, foundTasks(next).length - 1)) } };
  },
  onShow: ({ deployment }) => [{ kind: 'load-tasks', deployment }],
  Body({ state, around }) {
    return <Lines lines={tasksLines(state, around)} columns={around.columns} style={around.style} />;
  },
};

function keys(state: TasksState, around: Around): readonly KeyHint[] {
  const back: KeyHint = { key: 'Esc', does: state.filter.text === '' ? 'back' : 'show all' };
  if (state.tasks.status !== 'ready' || state.tasks.value.length === 0) return [back];
  const task = chosenTask(state);
  const isLong = aboutTask(state, around).length > toldRoom(state, around);
  return [
    ...(task === undefined
      ? []
      : [
          {
            key: 'Enter',
            does: asksFirst(state) ? 'fill in' : 'plan',
            explain: 'what it asks for, then its plan: nothing happens before that was approved',
          },
        ]),
    { key: 'up-down', does: 'choose', explain: 'choose another task; Home and End go further' },
    ...(isLong ? [{ key: 'PgUp PgDn', does: 'read on', explain: 'scroll what is told of the task' }] : []),
    { key: 'type', does: 'find', explain: 'letters and digits find what has them in its name or its title' },
    back,
  ];
}

function asksFirst(state: TasksState): boolean {
  const { inputs = [], changes = [] } = chosenTask(state) ?? {};
  return inputs.length + changes.length > 0;
}

function onKey(state: TasksState, key: Key, around: Around): Turn<TasksState> {
  const { filter, cursor, deployment } = state;
  if (isKey(key, 'escape')) {
    return filter.text === '' ? { state, intents: [{ kind: 'back' }] } : { state: found(state, textField()) };
  }
  const task = chosenTask(state);
  if (isKey(key, 'enter')) {
    return task === undefined ? { state } : { state, intents: [{ kind: 'open-task', deployment, task: task.name }] };
  }
  if (isCtrl(key, 'r')) return { state, intents: [{ kind: 'load-tasks', deployment }] };
  if (isKey(key, 'page-down', 'page-up')) {
    const room = toldRoom(state, around) - 1;
    const top = scrollText(state.top, key, aboutTask(state, around).length, room);
    return { state: top === undefined ? state : { ...state, top } };
  }
  const moved = moveCursor(cursor, key, foundTasks(state).length, listRoom(state, around));
  if (moved !== undefined) return { state: { ...state, cursor: moved, top: 0 } };
  const typed = editField(filter, key);
  if (typed === undefined) return { state };
  return { state: typed.text === filter.text ? { ...state, filter: typed } : found(state, typed) };
}

/** With other words typed the first row is chosen: it is what the next Enter is meant for. */
function found(state: TasksState, filter: TasksState['filter']): TasksState {
  return { ...state, filter, cursor: 0, top: 0 };
}
