/** The least that a full-screen program of Ink can be: what fairlead's first frame is held against. */
import { render, Text } from 'ink';

render(<Text>hello</Text>, { alternateScreen: true, incrementalRendering: true, exitOnCtrlC: false, interactive: true });
setInterval(() => undefined, 60_000);
