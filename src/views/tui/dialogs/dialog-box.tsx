import type { ReactElement } from 'react';
import { paint, sign } from '../../lib/style.ts';
import type { AppState, Dialog } from '../app-state.ts';
import type { Around, KeyHint } from '../page.ts';
import { Lines } from '../parts/lines.tsx';
import { dialogLines } from './dialog-lines.ts';

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
  const { columns, rows, style } = around;
  const { above, below } = dialogLines(state, dialog, around);
  const { top, text, count, window } = dialogWindow(state, dialog, around);
  const where = `${sign('more', style)} lines ${top + 1} to ${top + window} of ${count}`;
  const lines = [...above, ...text, ...(count > window ? [paint(where, 'faint', style)] : []), ...below];
  return <Lines lines={lines.slice(0, rows)} columns={columns} style={style} />;
}

/** The part of the dialog's text that is in sight. */
export function dialogWindow(
  state: AppState,
  dialog: Dialog,
  around: Around,
): { readonly top: number; readonly text: readonly string[]; readonly count: number; readonly window: number } {
  const { above, text, below } = dialogLines(state, dialog, around);
  const room = Math.max(2, around.rows - above.length - below.length);
  const window = text.length <= room ? text.length : room - 1;
  const top = 'top' in dialog ? Math.min(dialog.top, Math.max(0, text.length - window)) : 0;
  return { top, text: text.slice(top, top + window), count: text.length, window };
}

/** The keys of a dialog, for the key bar. */
export function dialogHints(dialog: Dialog): readonly KeyHint[] {
  const close: KeyHint = { key: 'Esc', does: 'close' };
  if (dialog.kind === 'leave' || dialog.kind === 'trouble') return [{ key: 'up-down Enter', does: 'choose' }, close];
  return [close, { key: 'up-down', does: 'scroll' }];
}
