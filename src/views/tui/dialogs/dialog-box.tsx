import type { ReactElement } from 'react';
import { failureLines } from '../../lib/failure-text.ts';
import { foldLines } from '../../lib/fold-line.ts';
import { paint } from '../../lib/style.ts';
import { wordLines, words } from '../../lib/words.ts';
import { type AppState, type Dialog, frontPage } from '../app-state.ts';
import type { Around, KeyHint } from '../page.ts';
import { kindOf } from '../pages.ts';
import { keyName } from '../parts/key-bar.ts';
import { Lines } from '../parts/lines.tsx';
import { leaveChoices } from './leave-choices.ts';

/** The dialog in the page's place: at 80 by 24 there is no room for both, and one thing at a time is calmer. */
export function DialogBox({
  state,
  dialog,
  around,
}: {
  readonly state: AppState;
  readonly dialog: Dialog;
  readonly around: Around;
}): ReactElement {
  const all = foldLines(dialogLines(state, dialog, around), around.columns);
  const top = 'top' in dialog ? Math.min(dialog.top, Math.max(0, all.length - around.rows)) : 0;
  return <Lines lines={all.slice(top, top + around.rows)} columns={around.columns} style={around.style} />;
}

function dialogLines(state: AppState, dialog: Dialog, around: Around): readonly string[] {
  const { style } = around;
  const page = frontPage(state);
  switch (dialog.kind) {
    case 'leave': {
      const choices = leaveChoices(page);
      return [
        '',
        paint('  What now?', 'asking', style),
        '',
        ...choices.map(({ key, label }, at) => {
          const line = `${at === dialog.cursor ? '>' : ' '} ${key}  ${label}`;
          return `  ${at === dialog.cursor ? paint(line, 'strong', style) : line}`;
        }),
        '',
        paint('  Esc  go back: nothing changes', 'faint', style),
      ];
    }
    case 'keys': {
      const hints = [...kindOf(page).keys(page, around), ...EVERYWHERE];
      const width = Math.max(...hints.map(({ key }) => keyName(key, style).length));
      return [
        paint('Keys', 'strong', style),
        '',
        ...hints.map(
          ({ key, does, explain }) => `  ${paint(keyName(key, style).padEnd(width), 'strong', style)}  ${explain ?? does}`,
        ),
        '',
        paint('Esc closes this.', 'faint', style),
      ];
    }
    case 'trouble':
      return [paint('That could not be done', 'bad', style), '', ...failureLines(dialog.failure, style)];
    case 'copied':
      return [
        paint(`Copied: ${words(dialog.what, style)}`, 'good', style),
        'Some terminals do not take it (they need OSC 52 to be allowed). Here it is, to select by hand:',
        '',
        ...wordLines(dialog.text, style),
        '',
        paint('Esc closes this.', 'faint', style),
      ];
  }
}

const EVERYWHERE: readonly KeyHint[] = [
  { key: 'Ctrl-C', does: 'ask what is to become of the run and of fairlead' },
  { key: 'Esc', does: 'one page back' },
  { key: '?', does: 'this list' },
];
