import { Box } from 'ink';
import type { ReactElement } from 'react';
import { paint, type Style, sign } from '../lib/style.ts';
import { cutPainted, paintedWidth } from '../lib/width.ts';
import { words } from '../lib/words.ts';
import { type AppState, frontPage } from './app-state.ts';
import { DialogBox, dialogHints } from './dialogs/dialog-box.tsx';
import { stopAsked } from './dialogs/leave-choices.ts';
import { FRAME_ROWS, hasRoom, LEAST } from './least-size.ts';
import type { Around } from './page.ts';
import { kindOf } from './pages.ts';
import { keyBar } from './parts/key-bar.ts';
import { Lines } from './parts/lines.tsx';

/** What of the app's surroundings does not depend on the size. */
export type ScreenProps = {
  readonly state: AppState;
  readonly columns: number;
  readonly rows: number;
  readonly style: Style;
} & Pick<Around, 'fault' | 'asked'>;

/** The surroundings that a page has on a screen of this size. */
export function aroundOf({ state, columns, rows, style, fault, asked }: ScreenProps): Around {
  return { columns, rows: Math.max(1, rows - FRAME_ROWS), style, now: state.now, fault, asked };
}

/** A whole screen: where the operator is, the page or the dialog over it, and the keys. Always lower than the terminal. */
export function Screen(props: ScreenProps): ReactElement {
  const { state, columns, rows, style } = props;
  const around = aroundOf(props);
  if (!hasRoom(around)) return <TooSmall {...props} />;
  const page = frontPage(state);
  const { Body, keys, takesText } = kindOf(page);
  const rule = paint(sign('rule', style).repeat(columns), 'faint', style);
  const hints = state.dialog === undefined ? keys(page, around) : dialogHints(state.dialog);
  const asksForAll = state.dialog === undefined && takesText?.(page) !== true;
  const bar =
    state.notice === undefined
      ? keyBar(hints, columns, style, { asksForAll })
      : paint(words(state.notice, style), 'strong', style);
  return (
    <Box flexDirection="column" width={columns} height={rows - 1}>
      <Lines lines={[titleLine(props, around), rule]} columns={columns} style={style} />
      <Box flexDirection="column" height={around.rows} overflow="hidden" flexShrink={0}>
        {state.dialog === undefined ? (
          <Body state={page} around={around} />
        ) : (
          <DialogBox state={state} dialog={state.dialog} around={around} />
        )}
      </Box>
      <Lines lines={[bar]} columns={columns} style={style} />
    </Box>
  );
}

function titleLine({ state, columns, style }: ScreenProps, around: Around): string {
  const crumbs = state.pages.map((page) => kindOf(page).title(page, around));
  const between = ` ${sign('crumb', style)} `;
  const left = paint(['fairlead', ...crumbs.slice(1)].map((crumb) => words(crumb, style)).join(between), 'strong', style);
  const doing = state.busy ?? stoppingText(state);
  const right = doing === undefined ? '' : paint(`${words(doing, style)} ${sign('running', style)}`, 'faint', style);
  const room = columns - paintedWidth(right) - (right === '' ? 0 : 2);
  const cutLeft = cutPainted(left, room, sign('more', style));
  return right === '' ? cutLeft : `${cutLeft}${' '.repeat(columns - paintedWidth(cutLeft) - paintedWidth(right))}${right}`;
}

/** A run that was told to stop goes on for a while. */
function stoppingText(state: AppState): string | undefined {
  const asked = stopAsked(state);
  return asked === 'after-step' ? 'stops after this step' : asked === 'now' ? 'stopping' : undefined;
}

/** Nothing is lost where the window is too small: it says so, and what is needed. */
function TooSmall({ state, columns, rows, style }: ScreenProps): ReactElement {
  const page = frontPage(state);
  const runs = page.kind === 'run' && page.picture.state.status === 'running' ? ['The run goes on.'] : [];
  if (page.kind === 'containers' && page.shell?.now.status === 'running') runs.push('The program goes on until you leave.');
  const lines = [
    `This window has ${columns} x ${rows} cells.`,
    `fairlead needs ${LEAST.columns} x ${LEAST.rows}.`,
    ...runs,
    'Make it larger, or start',
    'fairlead --plain.',
    'Ctrl-C leaves fairlead.',
  ];
  return <Lines lines={lines.slice(0, Math.max(1, rows - 1))} columns={columns} style={style} />;
}
