import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { markdownLines } from './markdown.ts';
import { copyablesOf } from './markdown-copies.ts';
import type { Style } from './style.ts';
import { paintedWidth } from './width.ts';

const colour: Style = { colour: true, unicode: true };
const plain: Style = { colour: false, unicode: true };
const ascii: Style = { colour: false, unicode: false };

const drawn = (text: string, columns = 40, style: Style = plain): string => markdownLines(text, { columns, style }).join('\n');

const FINISH = `The lighthouse shines at http://127.0.0.1:8077/ping
Its keeper is ada@lan.

Try next:
    fairlead run lighthouse --name lh
        Nothing to do: every step is ok.
    fairlead drift lh
`;

describe('Markdown in a terminal', () => {
  it('lists keep their marks and hang below them, nested ones further in', () => {
    expect(drawn('1. Log in to the router as the one who owns it\n   - at home\n2. Forward **the** port', 30)).toBe(
      ['1. Log in to the router as the', '   one who owns it', '   • at home', '2. Forward *the* port'].join('\n'),
    );
  });

  it('paragraphs are filled anew, code keeps its lines', () => {
    expect(drawn('One\ntwo.\n\n```sh\nls  -l\n  x\n```\nEnd `a  b`', 40)).toBe('One two.\n\n  ls  -l\n    x\n\nEnd `a b`');
  });

  it('what a program set in columns with tabs stays in columns', () => {
    expect(drawn('```\nCards:\t\t1 kB\nAttachments:\t2 kB\n```')).toBe('  Cards:          1 kB\n  Attachments:    2 kB');
  });

  it('where lines are kept, each is one of its own', () => {
    expect(markdownLines('One\ntwo', { columns: 40, style: plain, breaks: true })).toEqual(['One', 'two']);
  });

  it('lines that are indented right below a paragraph are as typed', () => {
    expect(markdownLines(FINISH, { columns: 60, style: plain, breaks: true })).toEqual([
      'The lighthouse shines at http://127.0.0.1:8077/ping',
      'Its keeper is ada@lan.',
      '',
      'Try next:',
      '',
      '  fairlead run lighthouse --name lh',
      '      Nothing to do: every step is ok.',
      '  fairlead drift lh',
    ]);
  });

  it('a link is its text and its address, an address alone is shown once', () => {
    expect(drawn('See [the docs](https://x.lan/d) or https://y.lan.', 60)).toBe(
      'See the docs (https://x.lan/d) or https://y.lan.',
    );
  });

  it('headings stand out, with colours and without', () => {
    expect(drawn('# First\n\ntext', 40, ascii)).toBe('First\n-----\n\ntext');
    expect(drawn('# First', 40, colour)).toBe('\u001b[1mFirst\u001b[22m');
  });

  it('HTML, entities and quotes are what they are', () => {
    expect(drawn('a <b>c</b> &lt;d&gt; &amp;\n\n> said', 40)).toBe('a <b>c</b> <d> &\n\n│ said');
  });

  it('a word that is longer than a line is broken, and nothing of it is lost', () => {
    expect(drawn(`go ${'x'.repeat(25)} on`, 10)).toBe(`go\n${'x'.repeat(10)}\n${'x'.repeat(10)}\n${'x'.repeat(5)} on`);
  });

  it('a look never reaches over the end of a line', () => {
    expect(markdownLines('**one two**', { columns: 3, style: colour })).toEqual([
      '\u001b[1mone\u001b[22m',
      '\u001b[1mtwo\u001b[22m',
    ]);
  });

  it('no control character and no line that is too wide comes out, whatever goes in', () => {
    const piece = fc.oneof(
      fc.constantFrom(
        '\u001b[2J',
        '\u001b]52;c;aGk=\u0007',
        '# ',
        '- ',
        '1. ',
        '> ',
        '```\n',
        '    ',
        '**',
        '`',
        '[a](b)',
        '|',
        '漢字',
        '\n',
        '\n\n',
        '\r',
        '\t',
        '<b>',
        '&amp;',
      ),
      fc.string({ unit: 'binary' }),
      fc.string({ unit: 'grapheme-ascii' }),
    );
    fc.assert(
      fc.property(fc.array(piece), fc.integer({ min: 20, max: 90 }), fc.boolean(), (pieces, columns, breaks) => {
        for (const style of [plain, ascii]) {
          for (const line of markdownLines(pieces.join(''), { columns, style, ...(breaks ? { breaks: true } : {}) })) {
            expect(line).not.toMatch(/\p{Cc}/u);
            if (!style.unicode) expect(line).toMatch(/^[ -~]*$/);
          }
        }
        for (const line of markdownLines(pieces.join('').replaceAll(/[>\-+*\d]/g, ''), { columns, style: plain }))
          expect(paintedWidth(line)).toBeLessThanOrEqual(columns);
      }),
    );
  });
});

describe('what can be copied out of a text', () => {
  it('is its addresses and commands, each once, without what is said of them', () => {
    expect(copyablesOf(`${FINISH}\nAlso \`fairlead drift lh\` and [docs](https://x.lan).\n\n- \`$ ls\``)).toEqual([
      { kind: 'address', text: 'http://127.0.0.1:8077/ping' },
      { kind: 'command', text: 'fairlead run lighthouse --name lh' },
      { kind: 'command', text: 'fairlead drift lh' },
      { kind: 'address', text: 'https://x.lan' },
      { kind: 'command', text: 'ls' },
    ]);
  });
});
