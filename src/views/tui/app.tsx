import { Box, type SuspendTerminal, useApp, useInput, usePaste, useWindowSize } from 'ink';
import { type ReactElement, useEffect, useRef, useSyncExternalStore } from 'react';
import type { Style } from '../lib/style.ts';
import { keysOf } from './key.ts';
import type { Around } from './page.ts';
import { Screen } from './screen.tsx';
import type { Store } from './store.ts';

/** What the whole app is given. */
export interface AppProps extends Pick<Around, 'fault' | 'asked'> {
  readonly store: Store;
  readonly style: Style;
  /** Is told how Ink leaves the screen to somebody else. */
  onSuspender?(suspend: SuspendTerminal): void;
  /** Another size than the terminal's. */
  readonly size?: { readonly columns: number; readonly rows: number };
}

/** The app: keys go to the store, and what the store holds is drawn. Nothing starts here. */
export function App({ store, style, fault, asked, size, onSuspender }: AppProps): ReactElement {
  const state = useSyncExternalStore(store.subscribe, store.snapshot);
  const window = useWindowSize();
  const { suspendTerminal } = useApp();
  useEffect(() => onSuspender?.(suspendTerminal), [onSuspender, suspendTerminal]);
  useInput((input, ink) => {
    for (const key of keysOf(input, ink)) store.send({ kind: 'key', key });
  });
  usePaste((text) => store.send({ kind: 'key', key: { kind: 'paste', text } }));
  const { columns, rows } = size ?? window;
  const seen = useRef({ columns, rows });
  useEffect(() => {
    if (seen.current.columns === columns && seen.current.rows === rows) return;
    seen.current = { columns, rows };
    store.send({ kind: 'resized' });
  }, [store, columns, rows]);
  return (
    <Box flexDirection="column" width={columns}>
      <Screen state={state} columns={columns} rows={rows} style={style} fault={fault} asked={asked} />
    </Box>
  );
}
