/**
 * The least that shows output while it comes: the last 10,000 lines of a program (its argv) in a ring, the newest on the screen, 20
 * frames a second. What fairlead's memory is held against. Any key shows a note instead, any further one the lines again.
 */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { Box, render, Text, useInput, useWindowSize } from 'ink';
import { useEffect, useState } from 'react';

const CAPACITY = 10_000;
const lines: string[] = [];
let count = 0;
let changed = (): void => undefined;

const [program = '', ...args] = process.argv.slice(2);
const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'ignore'] });
createInterface({ input: child.stdout }).on('line', (line) => {
  lines[count++ % CAPACITY] = line;
  changed();
});

function Ring() {
  const [, setShown] = useState(0);
  const [note, setNote] = useState(false);
  const { rows } = useWindowSize();
  useInput(() => setNote((before) => !before));
  useEffect(() => {
    let timer: NodeJS.Timeout | undefined;
    changed = () => {
      timer ??= setTimeout(() => {
        timer = undefined;
        setShown(count);
      }, 50);
    };
    return () => clearTimeout(timer);
  }, []);
  const height = rows - 2;
  const shown = Array.from({ length: height }, (_, row) => lines[(Math.max(0, count - height) + row) % CAPACITY] ?? '');
  return (
    <Box flexDirection="column">
      <Text>{count} lines</Text>
      {note ? <Text>Keys of this program: any</Text> : <Text>{shown.join('\n')}</Text>}
    </Box>
  );
}

render(<Ring />, { alternateScreen: true, incrementalRendering: true, exitOnCtrlC: false, interactive: true, maxFps: 20 });
