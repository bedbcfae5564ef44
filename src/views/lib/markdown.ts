import { lexer, type Token, type Tokens } from 'marked';
import { sanitize } from '../../model/untrusted-text.ts';
import { flowText, type Indent, noIndent, type Span } from './flow-text.ts';
import { type Meaning, paint, type Style, sign } from './style.ts';
import { withoutTabs } from './tabs.ts';
import { widthOf } from './width.ts';
import { wordLines, words } from './words.ts';

/** Where Markdown is drawn. */
export interface MarkdownPage {
  readonly columns: number;
  readonly style: Style;
  /** A line of the text is a line on the page, as in a list of addresses. Else lines are filled anew. */
  readonly breaks?: true;
}

/** So much of a text is drawn: a recipe's words are far shorter. */
const ENOUGH = 64 * 1024;

/**
 * Markdown as painted lines of at most so many columns, sanitised: headings, lists, emphasis, code, links as text and
 * address. HTML is shown as it is written.
 */
export function markdownLines(text: string, page: MarkdownPage): readonly string[] {
  return trimBlank(blocks(blocksOf(text), page, noIndent));
}

/** The blocks of a text whose control characters are gone. */
export function blocksOf(text: string): readonly Token[] {
  return lexer(asMeant(sanitize(text.slice(0, ENOUGH), true)), { gfm: true });
}

/**
 * Lines that are indented right below a paragraph are meant as typed: commands below the words that lead to them. Strictly
 * they would be filled into it, so the blank line that makes them a block is put in.
 */
function asMeant(text: string): string {
  let inParagraph = false;
  const lines: string[] = [];
  for (const line of text.split('\n')) {
    if (inParagraph && /^ {4}/.test(line)) {
      lines.push('');
      inParagraph = false;
    }
    lines.push(line);
    if (line.trim() === '') inParagraph = false;
    else if (/^\S/.test(line)) inParagraph = inParagraph || !/^([-*+>|#]|\d+[.)]|```|~~~)/.test(line);
  }
  return lines.join('\n');
}

function blocks(tokens: readonly Token[], page: MarkdownPage, indent: Indent, tight = false): readonly string[] {
  const lines: string[] = [];
  for (const token of tokens) {
    const block = blockLines(token, page, lines.length === 0 ? indent : { ...indent, first: indent.rest });
    if (block.length === 0) continue;
    if (lines.length > 0 && !tight) lines.push(indent.rest.trimEnd());
    lines.push(...block);
  }
  return lines;
}

function blockLines(token: Token, page: MarkdownPage, indent: Indent): readonly string[] {
  const { columns, style } = page;
  const flow = (spans: readonly Span[]): readonly string[] => flowText(spans, columns, indent, style);
  switch (token.type) {
    case 'space':
    case 'def':
      return [];
    case 'heading': {
      const spans = inline(token as Tokens.Heading, page).map((span): Span => ({ ...span, look: 'strong' }));
      const width = Math.min(columns - indent.width, widthOf(spans.map(({ text }) => text).join('')));
      // Without colours a heading needs something else that makes it one.
      const rule = style.colour ? [] : [`${indent.rest}${sign('rule', style).repeat(Math.max(1, width))}`];
      return [...flow(spans), ...rule];
    }
    case 'list':
      return listLines(token as Tokens.List, page, indent);
    case 'blockquote': {
      const bar = `${paint(sign('bar', style), 'faint', style)} `;
      const inside = { first: `${indent.first}${bar}`, rest: `${indent.rest}${bar}`, width: indent.width + 2 };
      return blocks((token as Tokens.Blockquote).tokens, page, inside);
    }
    case 'code':
      return wordLines((token as Tokens.Code).text, style).flatMap((line, at) => codeLine(line, at, page, indent));
    case 'hr':
      return [`${indent.first}${paint(sign('rule', style).repeat(Math.max(1, columns - indent.width)), 'faint', style)}`];
    case 'table':
      return tableRows(token as Tokens.Table, page).flatMap((row, at) =>
        flowText(
          [{ text: row, ...(at === 0 ? { look: 'strong' as const } : {}) }],
          columns,
          at === 0 ? indent : rest(indent),
          style,
        ),
      );
    case 'html':
      return flow([{ text: words(token.raw.trimEnd(), style) }]);
    default:
      return flow(inline(token, page));
  }
}

/** As typed: its spaces stay, and what is too long goes on in the next line. */
function codeLine(line: string, at: number, { columns, style }: MarkdownPage, indent: Indent): readonly string[] {
  const text = withoutTabs(line);
  const lead = /^ */.exec(text)?.[0] ?? '';
  const inside = {
    first: `${at === 0 ? indent.first : indent.rest}  ${lead}`,
    rest: `${indent.rest}  ${lead}  `,
    width: indent.width + lead.length + 4,
  };
  const whole = `${inside.first}${text.trim()}`;
  if (indent.width + 2 + widthOf(text.trimEnd()) <= columns) return [whole.trimEnd()];
  return flowText([{ text: text.trim() }], columns, inside, style);
}

function listLines({ items, ordered, start, loose }: Tokens.List, page: MarkdownPage, indent: Indent): readonly string[] {
  const { style } = page;
  const first = start === '' ? 1 : start;
  const width = ordered ? String(first + items.length - 1).length + 2 : 2;
  return items.flatMap((item, at) => {
    const mark = ordered ? `${first + at}. `.padStart(width) : `${sign('bullet', style)} `;
    const before = at === 0 ? indent.first : indent.rest;
    const inside = { first: `${before}${mark}`, rest: `${indent.rest}${' '.repeat(width)}`, width: indent.width + width };
    const box = item.task ? (item.checked === true ? '[x] ' : '[ ] ') : '';
    const tokens = item.tokens.filter(({ type }) => type !== 'checkbox');
    const boxed = box === '' ? inside : { first: `${inside.first}${box}`, rest: `${inside.rest}    `, width: inside.width + 4 };
    const lines = blocks(tokens, page, boxed, !loose);
    const filled = lines.length === 0 ? [boxed.first.trimEnd()] : lines;
    return loose && at > 0 ? [indent.rest.trimEnd(), ...filled] : filled;
  });
}

/** A row is a line: terminals of operators are narrow, and recipes have no wide tables. */
function tableRows({ header, rows }: Tokens.Table, page: MarkdownPage): readonly string[] {
  const texts = [header, ...rows].map((row) =>
    row.map((cell) =>
      inline(cell as unknown as Token, page)
        .map(({ text }) => text)
        .join(''),
    ),
  );
  return texts.map((row) => row.join(' | '));
}

function rest(indent: Indent): Indent {
  return { ...indent, first: indent.rest };
}

/** What stands in a line, with its looks. */
function inline(token: Token, page: MarkdownPage, look?: Meaning): readonly Span[] {
  const inner = 'tokens' in token && token.tokens !== undefined ? token.tokens : undefined;
  return inner === undefined ? leaf(token, page, look) : inner.flatMap((one: Token) => spansOf(one, page, look));
}

function spansOf(token: Token, page: MarkdownPage, look: Meaning | undefined): readonly Span[] {
  const { style } = page;
  switch (token.type) {
    case 'strong':
    case 'em': {
      // Stars, as people write them where there is no other way.
      const star: readonly Span[] = style.colour ? [] : [{ text: '*' }];
      return [...star, ...inline(token, page, 'strong'), ...star];
    }
    case 'codespan':
      return [{ text: `\`${words(token.text, style)}\``, look: 'strong' }];
    case 'link':
    case 'image': {
      const { href, text } = token as Tokens.Link;
      const address: Span = { text: words(href, style), look: 'asking' };
      if (text === href || href === `mailto:${text}`) return [{ ...address, text: words(text, style) }];
      return [...inline(token, page, look), { text: ' (' }, address, { text: ')' }];
    }
    case 'br':
      return [{ text: '\n' }];
    case 'del':
      return leaf({ ...token, type: 'text', text: token.raw } as Token, page, look);
    case 'text':
      return inline(token, page, look);
    default:
      return leaf(token, page, look);
  }
}

/** Text itself. A line break in it is a space, unless lines are kept. */
function leaf(token: Token, { style, breaks }: MarkdownPage, look: Meaning | undefined): readonly Span[] {
  const text = 'text' in token && typeof token.text === 'string' ? token.text : token.raw;
  const lines = text.split('\n').map((line) => words(withoutEntities(line), style));
  return [{ text: lines.join(breaks === true ? '\n' : ' '), ...(look === undefined ? {} : { look }) }];
}

/** The few that people write; a name that is none of them stays as it is. */
function withoutEntities(text: string): string {
  return text
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&nbsp;', ' ')
    .replaceAll('&amp;', '&');
}

function trimBlank(lines: readonly string[]): readonly string[] {
  const last = lines.findLastIndex((line) => line.trim() !== '');
  return lines.slice(0, last + 1);
}
