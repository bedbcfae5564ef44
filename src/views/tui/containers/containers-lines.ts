import { failureLines } from '../../lib/failure-text.ts';
import { foldAllPainted } from '../../lib/fold-painted.ts';
import { paint, sign } from '../../lib/style.ts';
import { cutPainted, fitPainted, widthOf } from '../../lib/width.ts';
import { words } from '../../lib/words.ts';
import { drawPicture } from '../embedded/draw-picture.ts';
import type { ProgramNow } from '../embedded/program-session.ts';
import type { Around } from '../page.ts';
import { windowTop } from '../parts/scroll.ts';
import type { ContainersState } from './containers-state.ts';

/** Rows of the list that are no containers: what it is, and what a terminal in one of them is like. */
const HEAD = 3;
const ABOUT = [
  'A shell opens in the container, on this page. Ctrl-] (on many keyboards also Ctrl-5) leaves it, and ends it.',
  'What you type and see there is not recorded: no run, no journal.',
];

/** The widest that a name's column gets. */
const NAME_COLUMNS = 32;

/** The list of containers. */
export function listLines(state: ContainersState, around: Around): readonly string[] {
  const { columns, rows, style } = around;
  const { containers, deployment, cursor } = state;
  const head = ['', `  ${paint(`Containers of ${words(deployment, style)}`, 'strong', style)}`, ''];
  if (containers.status === 'loading')
    return [...head, paint('  Looking …'.replace('…', sign('running', style)), 'faint', style)];
  if (containers.status === 'failed') return [...head, ...foldAllPainted(failureLines(containers.failure, style), columns)];
  const all = containers.value;
  if (all.length === 0) {
    const none = ['No container of this deployment is there.', 'Running the recipe again brings up what it needs.'];
    return [
      ...head,
      ...foldAllPainted(
        none.map((line) => `  ${line}`),
        columns,
      ),
    ];
  }
  const about = foldAllPainted(
    ABOUT.map((line) => `  ${paint(line, 'faint', style)}`),
    columns,
    0,
  );
  const room = Math.max(1, rows - HEAD - about.length - 1);
  const top = windowTop(cursor, all.length, room);
  const width = Math.min(NAME_COLUMNS, Math.max(...all.map(({ name }) => widthOf(words(name, style)))));
  const listed = all.slice(top, top + room).map(({ name, running, state: how, image }, at) => {
    const pointed = top + at === cursor;
    const dot = paint(sign(running ? 'dot' : 'unknown', style), running ? 'good' : 'faint', style);
    const shown = fitPainted(words(name, style), width, sign('more', style));
    const line = `${pointed ? sign('pointer', style) : ' '} ${fitPainted(dot, 2, '')}${shown}  ${fitPainted(words(how, style), 10, '')}  ${words(image, style)}`;
    const whole = fitPainted(line, columns, sign('more', style));
    return pointed ? paint(whole, 'chosen', style) : whole.trimEnd();
  });
  return [...head, ...listed, '', ...about];
}

/** A shell, from before its first character to after its end. */
export function shellLines({ name, now }: NonNullable<ContainersState['shell']>, around: Around): readonly string[] {
  const { columns, rows, style } = around;
  const shownName = words(name, style);
  if (now.status === 'opening' || now.status === 'closed') {
    const text = now.status === 'opening' ? `Opening a shell in ${shownName}` : `Ending the program in ${shownName}`;
    return ['', `  ${text} ${sign('running', style)}`];
  }
  if (now.status === 'failed') {
    return [
      '',
      `  ${paint(`No terminal in ${shownName}`, 'bad', style)}`,
      '',
      ...foldAllPainted(failureLines(now.failure, style), columns),
      '',
      paint('  Enter  back to the containers', 'faint', style),
    ];
  }
  const lines = drawPicture(now.picture, style, { cursor: now.status === 'running' });
  if (now.status === 'running') return lines;
  const said = foldAllPainted(
    endedLines(now, shownName).map((line) => `  ${line}`),
    columns,
  );
  const rule = paint(sign('rule', style).repeat(columns), 'faint', style);
  const kept = withoutBlanks(lines).slice(-(rows - said.length - 1));
  return [...kept.map((line) => cutPainted(line, columns, '')), rule, ...said.map((line) => paint(line, 'strong', style))];
}

/** What became of it, and what that means where it means something. */
function endedLines({ code }: Extract<ProgramNow, { status: 'ended' }>, name: string): readonly string[] {
  if (code === null) return [`The program has left its terminal, and goes on in ${name}.`];
  const ended = code === 0 ? `The program in ${name} has ended.` : `The program in ${name} has ended with exit code ${code}.`;
  return code === 126 || code === 127
    ? [ended, 'The image may have no shell; fairlead exec runs other programs in it.']
    : [ended];
}

function withoutBlanks(lines: readonly string[]): readonly string[] {
  return lines.slice(0, lines.findLastIndex((line) => line !== '') + 1);
}
