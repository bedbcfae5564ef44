import { Box, Text } from 'ink';
import type { ReactElement } from 'react';
import { type Style, sign } from '../../lib/style.ts';
import { cutPainted } from '../../lib/width.ts';

/** Painted lines below each other, each cut to the columns: never wrapped, so that a frame's height is known beforehand. */
export function Lines(props: {
  readonly lines: readonly string[];
  readonly columns: number;
  readonly style: Style;
}): ReactElement {
  const { lines, columns, style } = props;
  return (
    <Box flexDirection="column" width={columns} flexShrink={0}>
      {lines.map((line, row) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a row of the screen has no other name
        <Text key={row} wrap="truncate-end">
          {line === '' ? ' ' : cutPainted(line.replaceAll('\t', '    '), columns, sign('more', style))}
        </Text>
      ))}
    </Box>
  );
}
