import type { DeployedContainer } from '../../../model/terminals.ts';
import { readTyped } from '../embedded/program-keys.ts';
import type { ProgramNow } from '../embedded/program-session.ts';
import type { Intent } from '../intent.ts';
import { isCtrl, isKey, isText, type Key } from '../key.ts';
import { valueIn } from '../loaded.ts';
import type { News } from '../news.ts';
import type { Around, KeyHint, PageKind, Turn } from '../page.ts';
import { Lines } from '../parts/lines.tsx';
import { moveCursor } from '../parts/scroll.ts';
import { listLines, shellLines } from './containers-lines.ts';
import { type ContainersState, withoutShell, withShell } from './containers-state.ts';

/** No program has asked for anything yet. */
const NO_MODES = { applicationCursor: false, bracketedPaste: false };

/** A deployment's containers, and a terminal inside of one: all keys are the program's there, but for Ctrl-]. */
export const containersPage: PageKind<ContainersState> = {
  title: ({ deployment, shell }) =>
    shell === undefined ? `containers of ${deployment}` : `terminal in ${shell.name} of ${deployment}`,
  keys,
  takesText: isTyping,
  takesTyped: isTyping,
  onTyped,
  onKey: (state, key, around) => (state.shell === undefined ? listKey(state, key, around) : overKey(state, key)),
  onNews,
  onShow: ({ deployment }) => [{ kind: 'load-containers', deployment }],
  Body({ state, around }) {
    const lines = state.shell === undefined ? listLines(state, around) : shellLines(state.shell, around);
    return <Lines lines={lines.slice(0, around.rows)} columns={around.columns} style={around.style} />;
  },
};

/** Is there a program that gets what is typed? What is typed while it begins waits for it. */
function isTyping({ shell }: ContainersState): boolean {
  return shell?.now.status === 'running' || shell?.now.status === 'opening';
}

function keys(state: ContainersState): readonly KeyHint[] {
  const { shell } = state;
  const back: KeyHint = { key: 'Esc', does: 'back' };
  if (shell === undefined) {
    const chosen = chosenOf(state);
    return [
      ...(chosen?.running === true
        ? [{ key: 'Enter', does: 'terminal', explain: 'open a shell in it; what is typed there is not recorded' }]
        : []),
      ...(chosen === undefined ? [] : [{ key: 'up-down', does: 'choose' }]),
      { key: 'Ctrl-R', does: 'look again' },
      back,
    ];
  }
  if (!isTyping(state)) return [{ key: 'Enter', does: 'back to the containers' }];
  if (!shell.typing.commanding)
    return [
      { key: 'Ctrl-]', does: 'leave, full screen' },
      { key: '', does: 'all other keys go to the program' },
    ];
  return [
    { key: 'l', does: 'end and leave' },
    { key: 'f', does: 'full screen, till Ctrl-]' },
    { key: 'Ctrl-]', does: 'send Ctrl-]' },
    { key: 'Esc', does: 'go on' },
  ];
}

function chosenOf({ containers, cursor }: ContainersState): DeployedContainer | undefined {
  return valueIn(containers)?.[cursor];
}

function listKey(state: ContainersState, key: Key, { columns, rows }: Around): Turn<ContainersState> {
  const all = valueIn(state.containers) ?? [];
  const moved = moveCursor(state.cursor, key, all.length, rows);
  if (moved !== undefined) return { state: { ...state, cursor: moved } };
  if (isKey(key, 'escape')) return { state, intents: [{ kind: 'back' }] };
  if (isCtrl(key, 'r')) return { state, intents: [{ kind: 'load-containers', deployment: state.deployment }] };
  if (!isKey(key, 'enter') && !isText(key, 't')) return { state };
  const chosen = chosenOf(state);
  if (chosen === undefined) return { state };
  if (!chosen.running) {
    const text = `${chosen.container} is not running (${chosen.state}): there is nothing to open a terminal in.`;
    return { state, intents: [{ kind: 'notice', text }] };
  }
  const next = withShell(state, chosen.name);
  return { state: next, intents: [{ kind: 'open-shell', container: chosen.container, id: next.opened, columns, rows }] };
}

/** The program has ended: what it wrote last stands until the operator has read it. */
function overKey(state: ContainersState, key: Key): Turn<ContainersState> {
  if (!isKey(key, 'enter', 'escape')) return { state };
  return { state: withoutShell(state), intents: [{ kind: 'load-containers', deployment: state.deployment }] };
}

function onTyped(state: ContainersState, piece: string): Turn<ContainersState> {
  const { shell } = state;
  if (shell === undefined) return { state };
  const modes = shell.now.status === 'running' ? shell.now.picture.modes : NO_MODES;
  const { typing, typed } = readTyped(shell.typing, piece, modes);
  const intents = typed.flatMap((one): readonly Intent[] => {
    if ('keys' in one) return [{ kind: 'type-keys', keys: one.keys }];
    if (one.command === 'l') return [{ kind: 'end-program' }];
    if (one.command === 'f') return [{ kind: 'full-screen' }];
    return [];
  });
  return { state: { ...state, shell: { ...shell, typing } }, intents };
}

function onNews(state: ContainersState, news: News): Turn<ContainersState> {
  if (news.kind === 'containers' && news.deployment === state.deployment) {
    const count = valueIn(news.containers)?.length ?? 0;
    return { state: { ...state, containers: news.containers, cursor: Math.max(0, Math.min(state.cursor, count - 1)) } };
  }
  if (news.kind !== 'program' || news.id !== state.opened || state.shell === undefined) return { state };
  return told(state, state.shell, news.now);
}

function told(state: ContainersState, shell: NonNullable<ContainersState['shell']>, now: ProgramNow): Turn<ContainersState> {
  if (now.status !== 'closed') return { state: { ...state, shell: { ...shell, now } } };
  const text = `The program in ${shell.name} was ended.`;
  return {
    state: withoutShell(state),
    intents: [
      { kind: 'notice', text },
      { kind: 'load-containers', deployment: state.deployment },
    ],
  };
}
