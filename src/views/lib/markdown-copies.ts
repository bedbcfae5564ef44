import type { Token, Tokens } from 'marked';
import { blocksOf } from './markdown.ts';

/** Something in a text that an operator may want to have elsewhere: an address, or a command. */
export interface Copyable {
  readonly kind: 'address' | 'command';
  readonly text: string;
}

/**
 * The addresses and commands of a Markdown text, in order, each once: links, code in a line, and the lines of code blocks. In a
 * block what is indented more than its first line is said of the line above it, and is no command.
 */
export function copyablesOf(text: string): readonly Copyable[] {
  const found = new Map<string, Copyable>();
  for (const one of blocksOf(text).flatMap(inToken)) if (!found.has(one.text)) found.set(one.text, one);
  return [...found.values()];
}

function inToken(token: Token): readonly Copyable[] {
  switch (token.type) {
    case 'link':
      return [{ kind: 'address', text: (token as Tokens.Link).href.replace(/^mailto:/, '') }];
    case 'codespan':
      return command(token.text);
    case 'code': {
      const lines = (token as Tokens.Code).text.split('\n').filter((line) => line.trim() !== '');
      const indent = indentOf(lines[0] ?? '');
      return lines.filter((line) => indentOf(line) <= indent).flatMap(command);
    }
    case 'list':
      return (token as Tokens.List).items.flatMap((item) => item.tokens.flatMap(inToken));
    case 'table': {
      const { header, rows } = token as Tokens.Table;
      return [header, ...rows].flat().flatMap((cell) => cell.tokens.flatMap(inToken));
    }
    default:
      return 'tokens' in token ? (token.tokens ?? []).flatMap(inToken) : [];
  }
}

/** Prompts are no part of a command. */
function command(line: string): readonly Copyable[] {
  const text = line.trim().replace(/^[$#] /, '');
  return text === '' ? [] : [{ kind: 'command', text }];
}

function indentOf(line: string): number {
  return /^\s*/.exec(line)?.[0].length ?? 0;
}
