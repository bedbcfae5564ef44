import type { StopReason } from '../../../model/events.ts';
import { failureLines } from '../../lib/failure-text.ts';
import { foldLines } from '../../lib/fold-line.ts';
import { countsText, doneText } from '../../lib/recap-text.ts';
import { paint, type Style } from '../../lib/style.ts';
import { wordLines, words } from '../../lib/words.ts';
import type { RunPicture } from './run-picture.ts';

const STOPS: Readonly<Record<StopReason, string>> = {
  failed: 'a step failed.',
  'operator-needed': 'an operator is needed.',
  interrupted: 'it was interrupted.',
  unreachable: 'the host could not be reached.',
};

/** How the run stands where nothing goes on in it here: it ended, it stopped, or its line is down. */
export function endLines(picture: RunPicture, columns: number, style: Style): readonly string[] {
  return foldLines(textOf(picture, style), columns);
}

function textOf(picture: RunPicture, style: Style): readonly string[] {
  const { state, down, past } = picture;
  const counts = state.steps.size === 0 ? [] : [`${countsText(state, style)}.`];
  switch (state.status) {
    case 'ok':
      return [doneText(state, style), ...(state.finish === undefined ? [] : ['', ...wordLines(state.finish, style)])];
    case 'abandoned':
      return [paint('Given up: nothing further was done.', 'strong', style), ...counts];
    case 'stopped':
      return [
        paint(`Stopped: ${state.stopReason === undefined ? '' : STOPS[state.stopReason]}`, 'bad', style),
        ...counts,
        '',
        'What is done stays done. Press r to go on from here.',
        'Tab and the arrows choose a step to look at.',
      ];
    default:
      if (past) return ['This record is not at its end.', ...counts];
      return down === 'over' || down === undefined ? ['The line to the run was let go; it goes on.'] : goneLines(picture, style);
  }
}

/** The process of the run is gone: what that means for the operator, then what is known of it. */
function goneLines(picture: RunPicture, style: Style): readonly string[] {
  const { state, down } = picture;
  if (down === undefined || down === 'over') return [];
  const atWork = [...state.steps.values()].find(({ status }) => status === 'running' || status === 'intended');
  const counts = state.steps.size === 0 ? [] : [`${countsText(state, style)}.`];
  const under =
    atWork === undefined
      ? []
      : [`Under way was: ${words(atWork.title, style)}.`, 'Whether it came about is looked at first when the run goes on.'];
  return [
    paint('The process of this run is gone.', 'bad', style),
    '',
    ...failureLines(down, style).map((line) => line.replace(/^ {4}/, '')),
    '',
    'All that it did is in its record.',
    ...counts,
    ...under,
    '',
    'Press r to go on from here.',
  ];
}
