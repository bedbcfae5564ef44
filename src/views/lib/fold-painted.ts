import { widthOf } from './width.ts';

/** What switches each look off again. */
const OFF: Readonly<Record<string, string>> = { 1: '22', 2: '22', 7: '27', 31: '39', 32: '39', 33: '39', 36: '39' };

// biome-ignore lint/suspicious/noControlCharactersInRegex: painted text is made of them
const PAINT = /(\u001b\[\d+m)/;

/**
 * A painted line in lines of at most so many columns, further ones indented by as much as the first and `hang` more. Broken
 * between words where there is one in the second half of the line, else where the line ends: nothing is hidden. What is
 * painted stays painted in every line.
 */
export function foldPainted(line: string, columns: number, hang = 2): readonly string[] {
  const lead = /^ */.exec(line)?.[0].length ?? 0;
  const indent = ' '.repeat(Math.max(0, Math.min(lead + hang, Math.floor(columns / 2))));
  const lines: string[] = [];
  let look: string | undefined;
  let now = '';
  let width = 0;
  /** Where the last space of this line is: in `now`, and in columns. */
  let space: { readonly at: number; readonly width: number; readonly look: string | undefined } | undefined;

  const turn = (): void => {
    const broken = space !== undefined && space.width > columns / 2 ? space : { at: now.length, width, look };
    const rest = now.slice(broken.at).replace(/^ /, '');
    const gone = now.slice(broken.at).length - rest.length;
    lines.push(`${now.slice(0, broken.at)}${broken.look === undefined ? '' : `\u001b[${OFF[broken.look]}m`}`);
    now = `${indent}${broken.look === undefined ? '' : `\u001b[${broken.look}m`}${rest}`;
    width = indent.length + width - broken.width - gone;
    space = undefined;
  };

  for (const [at, part] of line.split(PAINT).entries()) {
    if (at % 2 === 1) {
      const code = part.slice(2, -1);
      look = code in OFF ? code : undefined;
      now += part;
      continue;
    }
    for (const character of part) {
      const more = widthOf(character);
      if (width + more > columns && now.trim() !== '') turn();
      if (character === ' ' && width > indent.length) space = { at: now.length, width, look };
      now += character;
      width += more;
    }
  }
  return [...lines, now];
}

/** All lines, folded. */
export function foldAllPainted(lines: readonly string[], columns: number, hang = 2): readonly string[] {
  return lines.flatMap((line) => foldPainted(line.replaceAll('\t', '    '), columns, hang));
}
