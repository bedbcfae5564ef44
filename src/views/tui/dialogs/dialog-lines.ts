import { foldAllPainted } from '../../lib/fold-painted.ts';
import { paint } from '../../lib/style.ts';
import { wordLines, words } from '../../lib/words.ts';
import { type AppState, type Dialog, frontPage } from '../app-state.ts';
import type { Around } from '../page.ts';
import { kindOf } from '../pages.ts';
import { type Choice, choiceLines } from '../parts/choice-list.ts';
import { failurePart } from '../run/ask/ask-failure.ts';
import { askHeading } from '../run/ask/ask-words.ts';
import { allKeysLines } from './all-keys.ts';
import { leaveChoices, runGoingOn, stopAsked } from './leave-choices.ts';
import { troubleChoices } from './trouble-choices.ts';

/** A dialog drawn: what stands above and below stays, what is between is scrolled. */
export interface DialogLines {
  readonly above: readonly string[];
  readonly text: readonly string[];
  readonly below: readonly string[];
}

/** A dialog in lines of the page's columns. */
export function dialogLines(state: AppState, dialog: Dialog, around: Around): DialogLines {
  const { columns, rows, style } = around;
  const asks = questionLines(state, around);
  switch (dialog.kind) {
    case 'leave':
      return {
        above: ['', paint(headingOf(state), 'asking', style), ''],
        text: [],
        below: [
          ...choiceLines(leaveChoices(state), dialog.cursor, columns, style),
          '',
          esc('go back: nothing changes', around),
          ...asks,
        ],
      };
    case 'keys': {
      const page = frontPage(state);
      const above = [paint('Keys', 'strong', style), ''];
      const room = rows - above.length - asks.length;
      return { above, text: allKeysLines(kindOf(page).keys(page, around), columns, room, style), below: asks };
    }
    case 'trouble': {
      const { failure } = dialog;
      const choices: readonly Choice[] = troubleChoices(failure);
      return {
        above: [paint('That could not be done', 'bad', style), ''],
        text: failurePart(failure, columns, style, failure.fault !== 'operator'),
        below: ['', ...choiceLines(choices, dialog.cursor ?? 0, columns, style), ...asks],
      };
    }
    case 'copied':
      return {
        // Nothing stands beside the text: whoever selects whole lines gets it and nothing else.
        above: [
          paint(`Copied: ${words(dialog.what, style)}`, 'good', style),
          ...foldAllPainted(
            ['Not every terminal takes it (tmux and others have to be told to). Here it is, to be selected by hand:'],
            columns,
            0,
          ),
          '',
        ],
        text: wordLines(dialog.text, style).flatMap((line) => foldAllPainted([line], columns, -line.length)),
        below: ['', esc('close', around), ...asks],
      };
  }
}

function headingOf(state: AppState): string {
  if (runGoingOn(state) === undefined) return 'Quit fairlead?';
  const asked = stopAsked(state);
  if (asked === 'now') return 'It was told to stop, and has not stopped yet. What now?';
  return asked === 'after-step' ? 'It stops when this step is at its end. What now?' : 'The run is going on. What now?';
}

/** A dialog never hides that the run waits for an answer. */
function questionLines(state: AppState, { columns, style }: Around): readonly string[] {
  const page = frontPage(state);
  if (page.kind !== 'run' || runGoingOn(state) === undefined) return [];
  const { question } = page.picture.state;
  if (question === undefined) return [];
  return [
    '',
    ...foldAllPainted(
      [`${paint('The run waits for an answer:', 'asking', style)} ${askHeading(question, page.picture, style)}`],
      columns,
    ),
  ];
}

function esc(does: string, { style }: Around): string {
  return paint(`  Esc  ${does}`, 'faint', style);
}
