import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { type DialogScreen, openDialogScreen } from './dialog-screen.ts';

const open: DialogScreen[] = [];
afterEach(() => {
  for (const screen of open.splice(0)) screen.close();
});

async function screenOf(
  columns = 80,
  replies: string[] = [],
): Promise<DialogScreen & { print(...texts: string[]): Promise<void> }> {
  const screen = await openDialogScreen(columns, (keys) => replies.push(keys));
  open.push(screen);
  const print = async (...texts: string[]): Promise<void> => {
    for (const text of texts) await screen.draw(new TextEncoder().encode(text));
  };
  return { ...screen, print };
}

const texts = (screen: DialogScreen): readonly string[] => screen.fresh().map(({ text }) => text);

describe('what came since something was typed', () => {
  it('is all that is there, before anything was', async () => {
    const screen = await screenOf();
    await screen.print('Welcome!\r\n\r\nName: ');
    expect(texts(screen)).toEqual(['Welcome!', 'Name: ']);
  });

  it('is not the answered prompt, with the echo in it', async () => {
    const screen = await screenOf();
    await screen.print('Name: ');
    screen.typed();
    expect(texts(screen)).toEqual([]);
    await screen.print('bob\r\n', 'Password: ');
    expect(texts(screen)).toEqual(['Password: ']);
  });

  it('is the same prompt once more, on a line of its own', async () => {
    const screen = await screenOf();
    await screen.print('Password: ');
    screen.typed();
    await screen.print('\r\nSorry.\r\nPassword: ');
    expect(texts(screen)).toEqual(['Sorry.', 'Password: ']);
  });

  it('is what follows on the very line, where the program does not end it', async () => {
    const screen = await screenOf();
    await screen.print('Password: ');
    screen.typed();
    await screen.print('Again: ');
    expect(texts(screen)).toEqual(['Password: Again: ']);
  });

  it('is not a question of tty-prompt that draws itself with each key, and at last with its answer', async () => {
    const screen = await screenOf();
    await screen.print('Do you want to save it? \u001b[90m(y/N)\u001b[0m ');
    expect(texts(screen)).toEqual(['Do you want to save it? (y/N) ']);
    screen.typed();
    await screen.print(
      '\u001b[2K\u001b[1GDo you want to save it? \u001b[90m(y/N)\u001b[0m y',
      '\r\n\u001b[1A\u001b[2K\u001b[1GDo you want to save it? \u001b[32mYes\u001b[0m\r\n',
    );
    expect(texts(screen)).toEqual([]);
    await screen.print('Username: ');
    expect(texts(screen)).toEqual(['Username: ']);
  });

  it('is not a menu of inquirer that folds itself up, but what stands where the menu was', async () => {
    const screen = await screenOf();
    await screen.print(
      '\u001b[32m?\u001b[39m \u001b[1mMode:\u001b[22m \u001b[2m(Use arrow keys)\u001b[22m\r\n\u001b[36m❯ none\u001b[39m\r\n  peer\u001b[?25l\u001b[2A\u001b[33G',
    );
    const [first] = screen.fresh();
    expect(texts(screen)).toEqual(['? Mode: (Use arrow keys)', '❯ none', '  peer'].map((text) => expect.stringContaining(text)));
    screen.typed(first?.row);
    // Arrow down, then Enter.
    await screen.print(
      '\u001b[2B\u001b[G\u001b[2K\u001b[1A\u001b[2K\u001b[1A\u001b[2K\u001b[G? Mode: (Use arrow keys)\r\n  none\r\n❯ peer\u001b[2A',
    );
    await screen.print('\u001b[2B\u001b[G\u001b[2K\u001b[1A\u001b[2K\u001b[1A\u001b[2K\u001b[G? Mode: peer\r\n\u001b[?25hNext: ');
    expect(texts(screen)).toEqual(['Next: ']);
  });

  it('is a line that was wiped and drawn anew as it was, where the cursor still stands in it', async () => {
    const screen = await screenOf();
    await screen.print('? Password: ');
    screen.typed();
    await screen.print('\u001b[G\u001b[2K? Password: \r\n>> too short\u001b[1A\u001b[13G');
    expect(texts(screen)).toContain('? Password: ');
  });

  it('is all of a screen that was cleared and filled alike', async () => {
    const screen = await screenOf();
    const form = '\u001b[2J\u001b[H+------+\r\n| PIN: ';
    await screen.print(form);
    screen.typed();
    await screen.print(form);
    expect(texts(screen)).toEqual(['+------+', '| PIN: ']);
  });

  it('is what the alternate screen shows, and afterwards what is new on the other', async () => {
    const screen = await screenOf();
    await screen.print('Name: ');
    screen.typed();
    await screen.print('bob\r\n\u001b[?1049h\u001b[H\u001b[2JLicence\r\nAgree? ');
    expect(texts(screen)).toEqual(['Licence', 'Agree? ']);
    screen.typed();
    expect(texts(screen)).toEqual([]);
    await screen.print('y\u001b[?1049lMail: ');
    expect(texts(screen).at(-1)).toBe('Mail: ');
  });

  it('is known behind a flood that is longer than what the terminal keeps', async () => {
    const screen = await screenOf();
    await screen.print('Name: ');
    screen.typed();
    await screen.print(`bob\r\n${Array.from({ length: 20_000 }, (_, n) => `line ${n}`).join('\r\n')}\r\nMail: `);
    expect(texts(screen).at(-1)).toBe('Mail: ');
    screen.typed();
    await screen.print('x\r\nAge: ');
    expect(texts(screen)).toEqual(['Age: ']);
  });
});

it('a line that the terminal had to wrap is one line', async () => {
  const screen = await screenOf(20);
  await screen.print(`${'x'.repeat(50)}: `);
  expect(texts(screen)).toEqual([`${'x'.repeat(50)}: `]);
  expect(screen.isAsking()).toBe(true);
  screen.typed();
  await screen.print(`${'y'.repeat(30)}\r\nNext: `);
  expect(texts(screen)).toEqual(['Next: ']);
  expect(screen.finished()).toEqual([`${'x'.repeat(50)}: ${'y'.repeat(30)}`]);
});

it('gives each line once, when the cursor has left it, and once more where it reads otherwise by then', async () => {
  const screen = await screenOf();
  await screen.print('one\r\ntwo\r\n  50 %');
  expect(screen.finished()).toEqual(['one', 'two']);
  await screen.print('\r 100 %\r\n\r\nthree');
  expect(screen.finished()).toEqual([' 100 %', '']);
  await screen.print('\u001b[3A\rONE\u001b[3B');
  expect(screen.finished()).toEqual(['ONE']);
  await screen.print('\r\n');
  expect(screen.finished()).toEqual(['three']);
  await screen.print('\u001b[H\u001b[2J');
  for (let n = 0; n < 3; n++) await screen.print(`${'row\r\n'.repeat(40)}`);
  expect(screen.finished().filter((line) => line === 'row')).toHaveLength(120);
  await screen.print('last');
  expect(screen.finished()).toEqual([]);
  expect(screen.finished(true)).toEqual(['last']);
});

it('answers a program that asks the terminal where its cursor is, and tells whether somebody is waited for', async () => {
  const replies: string[] = [];
  const screen = await screenOf(80, replies);
  await screen.print('abc\u001b[6n');
  expect(replies).toEqual(['\u001b[1;4R']);
  expect(screen.isAsking()).toBe(true);
  await screen.print('\r\n');
  expect(screen.isAsking()).toBe(false);
  await screen.print('> one\r\n  two\r\n\u001b[?25l');
  expect(screen.isAsking()).toBe(true);
  await screen.print('\u001b[?25h');
  expect(screen.isAsking()).toBe(false);
  // An editor, say.
  await screen.print('\u001b[?1049h\u001b[H~');
  await screen.print('\u001b[H');
  expect(screen.isAsking()).toBe(true);
});

it('puts characters together that come in two pieces, and shows no escape sequence', async () => {
  const screen = await screenOf();
  const bytes = new TextEncoder().encode('Größe \u001b]52;c;eA==\u0007\u001b[31m🎆\u001b[0m: ');
  for (const byte of bytes) await screen.draw(Uint8Array.of(byte));
  expect(screen.visible()).toEqual(['Größe 🎆:']);
});

describe('a terminal of another size', () => {
  const long = `Where shall ${'x'.repeat(60)} be kept? `;
  const others = [
    [40, 10],
    [200, 50],
    [20, 5],
    [90, 18],
  ] as const;

  it('shows the same lines, none of which is new, given twice or lost', async () => {
    const screen = await screenOf(200);
    for (let n = 0; n < 70; n++) await screen.print(`line ${n} ${'y'.repeat(n)}\r\n`);
    expect(screen.finished()).toHaveLength(70);
    await screen.print('Name: ');
    screen.typed();
    await screen.print(`bob\r\n${long}`);
    for (const [columns, rows] of others) {
      await screen.resize(columns, rows);
      expect(texts(screen)).toEqual([long]);
      expect(screen.open()).toEqual([long.trimEnd()]);
    }
    expect(screen.finished()).toEqual(['Name: bob']);
    screen.typed();
    for (const [columns, rows] of others) {
      await screen.resize(columns, rows);
      expect(texts(screen)).toEqual([]);
      expect(screen.finished()).toEqual([]);
    }
    await screen.print('/data\r\nNext: ');
    expect(texts(screen)).toEqual(['Next: ']);
    expect(screen.finished()).toEqual([`${long}/data`]);
  });

  it('gives each line once, whatever is printed between', async () => {
    const act = fc.oneof(
      fc.record({ length: fc.integer({ min: 0, max: 130 }) }),
      fc.record({ columns: fc.integer({ min: 20, max: 120 }), rows: fc.integer({ min: 2, max: 30 }) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(act, { maxLength: 60 }), async (acts) => {
        const screen = await screenOf(80);
        const printed: string[] = [];
        const given: string[] = [];
        for (const one of acts) {
          if ('columns' in one) await screen.resize(one.columns, one.rows);
          else {
            printed.push(`${printed.length}:${'x'.repeat(one.length)}`);
            await screen.print(`${printed.at(-1)}\r\n`);
          }
          given.push(...screen.finished());
        }
        given.push(...screen.finished(true));
        expect(given).toEqual(printed);
      }),
      { numRuns: 40 },
    );
  });

  it('is known behind a flood, and where it was made another size on the other screen', async () => {
    const screen = await screenOf(200);
    await screen.print(`${Array.from({ length: 20_000 }, (_, n) => `line ${n}`).join('\r\n')}\r\nMail: `);
    expect(screen.finished().at(-1)).toBe('line 19999');
    screen.typed();
    await screen.print('\u001b[?1049h\u001b[HEdit me');
    await screen.resize(40, 10);
    expect(texts(screen)).toEqual(['Edit me']);
    screen.typed();
    await screen.resize(90, 20);
    expect(texts(screen)).toEqual([]);
    await screen.print('\u001b[?1049l');
    expect(screen.finished()).toEqual([]);
    await screen.print('me@x.lan\r\nAge: ');
    await screen.resize(200, 50);
    expect(screen.finished()).toEqual(['Mail: me@x.lan']);
    expect(texts(screen).at(-1)).toBe('Age: ');
  });
});

describe('a line in which somebody types by hand', () => {
  it('is his, also where the program draws it anew with each key, and until something stands below it', async () => {
    const screen = await screenOf();
    await screen.print('? Name: ');
    for (const key of ['b', 'o']) {
      screen.typedByHand();
      await screen.print(`\u001b[G\u001b[2K? Name: ${key}`);
      expect(texts(screen)).toEqual([]);
    }
    screen.typedByHand();
    await screen.print('\r\nPassword: ');
    expect(texts(screen)).toEqual(['Password: ']);
  });
});

describe('a picture', () => {
  const rows = (screen: DialogScreen): readonly string[] =>
    screen.picture().lines.map((row) => row.map(({ text }) => text).join(''));

  it('has the colours, the cursor, and which rows go on', async () => {
    const screen = await screenOf(20);
    await screen.resize(20, 4);
    await screen.print(`\u001b[31mred\u001b[0m ${'x'.repeat(20)}: `);
    const picture = screen.picture();
    expect(rows(screen)).toEqual([`red ${'x'.repeat(16)}`, 'xxxx:', '', '']);
    expect(picture).toMatchObject({ columns: 20, rows: 4, wrapped: [1], cursor: { column: 6, row: 1 } });
    expect(picture.lines[0]?.[0]).toEqual({ text: 'red', cells: 3, look: { ink: 1 } });
  });

  it('shows nothing of a line that began above, and names the lines that are out of sight', async () => {
    const screen = await screenOf(20);
    await screen.resize(20, 2);
    await screen.print(`one\r\n${'secret '.repeat(8)}`);
    expect(rows(screen)).toEqual(['…', '']);
    expect(screen.above(5)).toEqual(['one']);
  });
});
