import { Box } from 'ink';
import { paint, sign } from '../../lib/style.ts';
import { fitPainted } from '../../lib/width.ts';
import type { PageKind } from '../page.ts';
import { Lines } from '../parts/lines.tsx';
import { AskPanel } from './ask/ask-part.tsx';
import { handResized } from './lent/lent-keys.ts';
import { lentLines } from './lent/lent-lines.ts';
import { runKey, runKeys, takesText, typedInHand, withHand, withOutput } from './run-keys.ts';
import { layoutOf } from './run-layout.ts';
import { lentTerminal, type RunPageState, shownStep, sideOf, withPicture, withRecord } from './run-page-state.ts';
import { sideLines } from './run-side.ts';
import { numberOf, stepListLines } from './step-list.ts';
import { clockOf, timePasses } from './step-times.ts';

/** A run: its steps and how far it is on the left; on the right what the present one says, and what it asks. */
export const runPage: PageKind<RunPageState> = {
  title({ picture: { run, state } }) {
    if (state.header === undefined) return run;
    const { deployment, options } = state.header;
    return `${deployment}, ${options.task === undefined ? '' : `${options.task}, `}run ${state.header.run}`;
  },
  keys: runKeys,
  onKey: runKey,
  onNews(state, news) {
    if (news.kind === 'run' && news.picture.run === state.picture.run) return withOutput(withPicture(state, news.picture));
    if (news.kind === 'output' && news.run === state.picture.run) return { state: withRecord(state, news) };
    return { state };
  },
  onShow: (state) => withOutput(state).intents ?? [],
  clockRuns: ({ picture }) => timePasses(picture),
  takesText,
  takesTyped: ({ hand }) => hand !== undefined,
  onTyped: typedInHand,
  onResized: (state, around) => (state.hand === undefined ? { state } : withHand(state, handResized(state.hand, around))),
  Body({ state, around }) {
    const { columns, style, now } = around;
    const { left, right, rows } = layoutOf(state, around);
    const { picture, ask, focus, chosen } = state;
    const side = sideOf(state);
    const terminal = side === 'ask' ? lentTerminal(state) : undefined;
    const room = { columns: right, rows, style };
    const shown =
      side === 'end' ? undefined : side === 'ask' ? (ask?.question.step ?? shownStep(state)?.id) : shownStep(state)?.id;
    const steps = stepListLines(
      {
        picture,
        focused: focus === 'steps',
        at: numberOf(shown ?? chosen ?? shownStep(state)?.id, picture),
        clock: clockOf(picture, now),
        ...(shown === undefined ? {} : { shown }),
      },
      left - 2,
      rows,
      style,
    );
    const bar = paint(sign('bar', style), 'faint', style);
    const parted = Array.from(
      { length: rows },
      (_, row) => `${fitPainted(steps[row] ?? '', left - 2, sign('more', style))} ${bar}`,
    );
    return (
      <Box width={columns} height={rows} overflow="hidden">
        {left === 0 ? null : (
          <Box width={left + 1} flexShrink={0}>
            <Lines lines={parted} columns={left} style={style} />
          </Box>
        )}
        {ask !== undefined && terminal !== undefined ? (
          <Lines lines={lentLines(ask, terminal, state.hand, picture, room)} columns={right} style={style} />
        ) : ask !== undefined && side === 'ask' ? (
          <AskPanel state={ask} picture={picture} columns={right} rows={rows} style={style} />
        ) : (
          <Lines lines={sideLines(state, around)} columns={right} style={style} />
        )}
      </Box>
    );
  },
};
