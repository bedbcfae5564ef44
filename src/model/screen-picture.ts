/** A colour of a program's screen: 0 to 255 of the terminal's palette, or one of its own. */
export type CellColour = number | `#${string}`;

/** How a piece of a screen looks. What is absent is as the terminal has it. */
export interface Look {
  readonly ink?: CellColour;
  readonly paper?: CellColour;
  readonly bold?: true;
  readonly faint?: true;
  readonly italic?: true;
  readonly underlined?: true;
  readonly reverse?: true;
  readonly struck?: true;
  /** Takes its room, and is not to be read. */
  readonly hidden?: true;
}

/** Cells beside each other that look alike. A character that takes two cells is a piece of its own. */
export interface Piece {
  /** As the program wrote it: whoever draws it makes it fit to be drawn. */
  readonly text: string;
  /** How many cells it takes. */
  readonly cells: number;
  readonly look?: Look;
}

/** What a program's terminal shows at one moment: data, in which no sequence of the program is left. */
export interface ScreenPicture {
  readonly columns: number;
  readonly rows: number;
  /** One for each row, without blanks at the end. */
  readonly lines: readonly (readonly Piece[])[];
  /** Counted from 0; absent where the program hides it. */
  readonly cursor?: { readonly column: number; readonly row: number };
  /** The program draws on the second screen, as editors and pagers do. */
  readonly alternate: boolean;
  readonly modes: KeyModes;
}

/** What the program has asked of its terminal's keyboard. */
export interface KeyModes {
  /** Arrows, Home and End have other codes. */
  readonly applicationCursor: boolean;
  /** What is pasted is marked as such. */
  readonly bracketedPaste: boolean;
}

/** A cell of a terminal, as `@xterm/headless` has it. */
export interface TerminalCell {
  getWidth(): number;
  getChars(): string;
  isAttributeDefault(): boolean;
  getFgColor(): number;
  getBgColor(): number;
  isFgRGB(): boolean;
  isBgRGB(): boolean;
  isFgDefault(): boolean;
  isBgDefault(): boolean;
  isBold(): number;
  isDim(): number;
  isItalic(): number;
  isUnderline(): number;
  isInverse(): number;
  isStrikethrough(): number;
  isInvisible(): number;
}

/** As much of a terminal of `@xterm/headless` as a picture is taken of. */
export interface PicturedTerminal {
  readonly cols: number;
  readonly rows: number;
  readonly buffer: {
    readonly active: {
      readonly type: 'normal' | 'alternate';
      readonly cursorX: number;
      readonly cursorY: number;
      readonly baseY: number;
      getLine(y: number): { getCell(x: number): TerminalCell | undefined } | undefined;
    };
  };
  readonly modes: { readonly applicationCursorKeysMode: boolean; readonly bracketedPasteMode: boolean };
}

/** What the terminal shows now. `cursorShown`: the terminal itself does not tell. */
export function pictureOf(terminal: PicturedTerminal, cursorShown: boolean): ScreenPicture {
  const { cols: columns, rows, buffer, modes } = terminal;
  const { cursorX, cursorY, type } = buffer.active;
  return {
    columns,
    rows,
    lines: Array.from({ length: rows }, (_, row) => piecesOf(terminal, row)),
    // Behind the last column it stands before the next character is written.
    ...(cursorShown ? { cursor: { column: Math.min(cursorX, columns - 1), row: cursorY } } : {}),
    alternate: type === 'alternate',
    modes: { applicationCursor: modes.applicationCursorKeysMode, bracketedPaste: modes.bracketedPasteMode },
  };
}

function piecesOf({ buffer, cols }: PicturedTerminal, row: number): readonly Piece[] {
  const line = buffer.active.getLine(buffer.active.baseY + row);
  const pieces: Piece[] = [];
  let key = '';
  for (let column = 0; column < cols; column++) {
    const cell = line?.getCell(column);
    const cells = cell?.getWidth() ?? 1;
    // The second cell of a wide character.
    if (cells === 0) continue;
    const text = cell?.getChars() || ' ';
    const look = cell === undefined ? undefined : lookOf(cell);
    const own = `${cells} ${look === undefined ? '' : JSON.stringify(look)}`;
    const last = pieces.at(-1);
    if (last === undefined || own !== key || cells > 1) pieces.push({ text, cells, ...(look === undefined ? {} : { look }) });
    else pieces[pieces.length - 1] = { ...last, text: last.text + text, cells: last.cells + cells };
    key = own;
  }
  const last = pieces.at(-1);
  if (last !== undefined && last.look === undefined) {
    const text = last.text.replace(/ +$/, '');
    if (text === '') pieces.pop();
    else pieces[pieces.length - 1] = { ...last, text, cells: last.cells - (last.text.length - text.length) };
  }
  return pieces;
}

function lookOf(cell: TerminalCell): Look | undefined {
  if (cell.isAttributeDefault()) return undefined;
  const look: Look = {
    ...(cell.isFgDefault() ? {} : { ink: colourOf(cell.isFgRGB(), cell.getFgColor()) }),
    ...(cell.isBgDefault() ? {} : { paper: colourOf(cell.isBgRGB(), cell.getBgColor()) }),
    ...(cell.isBold() ? { bold: true } : {}),
    ...(cell.isDim() ? { faint: true } : {}),
    ...(cell.isItalic() ? { italic: true } : {}),
    ...(cell.isUnderline() ? { underlined: true } : {}),
    ...(cell.isInverse() ? { reverse: true } : {}),
    ...(cell.isStrikethrough() ? { struck: true } : {}),
    ...(cell.isInvisible() ? { hidden: true } : {}),
  };
  return Object.keys(look).length === 0 ? undefined : look;
}

function colourOf(isRgb: boolean, value: number): CellColour {
  return isRgb ? `#${value.toString(16).padStart(6, '0')}` : value;
}
