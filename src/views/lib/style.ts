/** How text is drawn: with or without colour, with or without characters beyond ASCII. */
export interface Style {
  readonly colour: boolean;
  readonly unicode: boolean;
  /** How many colours there are, where there are any; default 16. What fairlead itself says needs no more. */
  readonly colours?: 16 | 256;
}

/** What a piece of text means; each meaning has its colour and never depends on it alone. */
export type Meaning = 'good' | 'changed' | 'bad' | 'faint' | 'strong' | 'asking' | 'chosen';

const CODES: Readonly<Record<Meaning, readonly [number, number]>> = {
  good: [32, 39],
  changed: [33, 39],
  bad: [31, 39],
  faint: [2, 22],
  strong: [1, 22],
  asking: [36, 39],
  chosen: [7, 27],
};

/** The text in the colour of its meaning, or as it is. */
export function paint(text: string, meaning: Meaning, style: Style): string {
  if (!style.colour || text === '') return text;
  const [on, off] = CODES[meaning];
  return `\u001b[${on}m${text}\u001b[${off}m`;
}

/** A sign from the set that the terminal can show. */
export function sign(name: keyof typeof SIGNS, style: Style): string {
  const [unicode, ascii] = SIGNS[name];
  return style.unicode ? unicode : ascii;
}

const SIGNS = {
  ok: ['✓', 'ok'],
  changed: ['±', '+-'],
  failed: ['✗', 'x'],
  skipped: ['–', '-'],
  running: ['…', '..'],
  more: ['…', '...'],
  doubt: ['?', '?'],
  bar: ['│', '|'],
  arrow: ['→', '->'],
  pointer: ['›', '>'],
  pending: ['·', '.'],
  dot: ['●', '*'],
  warning: ['▲', '!'],
  unknown: ['○', 'o'],
  rule: ['─', '-'],
  done: ['█', '#'],
  toDo: ['░', '.'],
  up: ['↑', '^'],
  down: ['↓', 'v'],
  masked: ['•', '*'],
  caret: ['▏', '_'],
  crumb: ['›', '>'],
  bullet: ['•', '-'],
  opened: ['▾', '[-]'],
  closed: ['▸', '[+]'],
  left: ['←', '<-'],
  cutLeft: ['‹', '<'],
  cutRight: ['›', '>'],
  cursor: ['▏', '|'],
  lineEnd: ['↵', '\\'],
  chosenOne: ['●', '(*)'],
  otherOne: ['○', '( )'],
} as const;
