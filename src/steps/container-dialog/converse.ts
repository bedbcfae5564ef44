import { OperatorNeeded } from '../../model/failure.ts';
import type { TerminalProgram } from '../../model/ports.ts';
import { type Reveal, SecretText } from '../../model/secrets.ts';
import { type ApplyContext, isTerminalAnswer } from '../../model/step.ts';
import { CUT } from '../../model/untrusted-text.ts';
import { type CapturePatterns, captureAll } from '../lib/captures.ts';
import type { DialogScreen } from './dialog-screen.ts';
import { KEYS, keysOf, type Prompt, type Script } from './dialog-script.ts';
import { lendDialog } from './lent-terminal.ts';
import { createTypedMask } from './typed-mask.ts';

/** A dialog that is to be held; times in milliseconds. */
export interface Dialog {
  readonly program: TerminalProgram;
  readonly screen: DialogScreen;
  /** Of its terminal. */
  readonly size: { readonly columns: number; readonly rows: number };
  readonly script: Script;
  /** How the operator knows the program: `ente-cli account add` in the container so-and-so. */
  readonly shown: string;
  /** A program that has been still for so long waits; only then is it answered. */
  readonly settle: number;
  /** A prompt that nobody knows is one after so much silence. */
  readonly silence: number;
  readonly capture: CapturePatterns;
  /** Throws where what was printed so far means that it failed; then the program is not listened to any further. */
  check(printed: string, tail: readonly string[]): void;
}

/** What a dialog takes of its step. */
export type DialogContext = Pick<ApplyContext, 'ask' | 'output' | 'progress'> & Reveal;

/** What came of a dialog. */
export interface Talk {
  /** All that was printed, as text. Not to be shown: it may hold what was typed. */
  readonly printed: string;
  /** Of that what was printed since the operator gave the terminal back: what went wrong in his hands he has seen. */
  readonly since: string;
  /** Its last lines, without what was typed in secret. */
  readonly tail: readonly string[];
}

/** A program that draws without a pause, a clock perhaps, is answered so long after its prompt came. */
const RESTLESS_MS = 1000;

/** Where the cursor stands at a line's beginning the program rather works than waits: it is given so many times the silence. */
const AT_WORK = 10;

/** So many characters are kept of what was printed, from the beginning of a line on. */
const KEPT_CHARACTERS = 1024 * 1024;
const TAIL_LINES = 40;
const MASKED_WITH = 10;
const LONGEST_SHOWN = 1000;

/** What a prompt that wants a password looks like: what is typed there must not be written down. */
const WANTS_SECRET = /pass(?:word|phrase|wort)|secret|private key/i;

/**
 * Holds a dialog until the program has ended: each answer is typed once its prompt is there and the program is still. What
 * the script does not know is put to the operator. Throws `OperatorNeeded` where nobody answers, and what `check` throws.
 */
export async function converse(dialog: Dialog, ctx: DialogContext): Promise<Talk> {
  const { program, screen, script, settle, silence, size: full } = dialog;
  const mask = createTypedMask();
  const printed: string[] = [];
  let size = 0;
  /** So many lines were printed before the operator gave the terminal back; and so many are not kept any more. */
  let returnedAt = 0;
  let dropped = 0;
  let lastAt = performance.now();
  let end: { readonly error?: unknown } | undefined;
  let stir = (): void => undefined;
  let waitedFor: Prompt | undefined;
  let promptSince = 0;
  let expecting = '';
  /** The operator has typed at the terminal, and has it still. */
  let inHand = false;

  const give = (lines: readonly string[]): void => {
    if (lines.length === 0) return;
    // A secret may have begun in lines that were given before.
    const shown = mask.lines([...printed.slice(-MASKED_WITH), ...lines]).slice(-lines.length);
    for (const line of lines) {
      printed.push(line);
      size += line.length + 1;
    }
    while (size > KEPT_CHARACTERS) {
      size -= (printed.shift() ?? '').length + 1;
      dropped++;
    }
    for (const line of shown) ctx.output(line);
  };
  const talk = (open: readonly string[]): Talk => {
    const all = [...printed, ...open];
    const since = all.slice(Math.max(0, returnedAt - dropped)).join('\n');
    return { printed: all.join('\n'), since, tail: mask.lines(all.slice(-TAIL_LINES)).map(shortened) };
  };
  /** Lines as they may be seen: also what the step is to find in them is not for everybody. */
  const shown = (lines: readonly string[]): readonly string[] => {
    const captured = Object.values(captureAll(dialog.capture, talk(screen.open()).printed).values);
    return createTypedMask(captured).lines(mask.lines(lines));
  };
  const lent = lendDialog({
    program,
    screen,
    size: full,
    mask: shown,
    typing() {
      script.handOver();
      const prompt = script.promptIn(screen.fresh());
      if (prompt !== undefined) script.answeredByHand(prompt);
      screen.typedByHand();
      inHand = true;
    },
    returned() {
      returnedAt = dropped + printed.length;
      inHand = false;
    },
  });
  const listen = async (): Promise<void> => {
    for await (const bytes of program.output) {
      await screen.draw(bytes);
      lastAt = performance.now();
      give(screen.finished());
      const prompt = inHand ? script.promptIn(screen.fresh()) : undefined;
      if (prompt !== undefined) script.passed(prompt);
      lent.changed();
      stir();
    }
  };
  const type = (keys: string, row?: number): void => {
    screen.typed(row);
    program.type(keys);
    lastAt = performance.now();
  };
  const stirred = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      stir = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  const told = (): void => {
    const next = script.expected().map(({ expect }) => expect);
    const text = next.length === 0 ? 'until it ends' : `for ${next.join(', or ')}`;
    if (text !== expecting) ctx.progress(`waiting ${text}`);
    expecting = text;
  };

  const answer = async (prompt: Prompt): Promise<void> => {
    const { line, row } = prompt;
    const keys = await keysOf(line, ctx.reveal);
    if (line.answer instanceof SecretText) for (const part of await secretParts(line.answer, ctx)) mask.add(part);
    script.answered(prompt);
    type(keys, row);
  };
  const askOperator = async (): Promise<void> => {
    const seen = screen.visible();
    const waiting = screen.open().join('\n');
    const secret = WANTS_SECRET.test(waiting);
    const lines = shown(seen).slice(-TAIL_LINES).map(shortened);
    const typed = await ctx.ask(
      {
        about: 'dialog',
        data: { screen: lines.join('\n'), program: dialog.shown, markdown: question(dialog.shown, lines, secret) },
        takes: secret
          ? { choices: ['stop'] }
          : { schema: { type: 'string', title: 'What is typed there, Enter comes by itself:' } },
      },
      lent,
    );
    if (isTerminalAnswer(typed)) {
      lastAt = performance.now();
      return;
    }
    if (secret) throw new OperatorNeeded('dialog');
    // It went on by itself meanwhile: what was meant for one prompt must not be typed at another.
    if (end === undefined && screen.visible().join('\n') === seen.join('\n')) type(`${String(typed)}${KEYS.enter}`);
    else lastAt = performance.now();
  };

  listen()
    .then(
      () => {
        end = {};
      },
      (error: unknown) => {
        end = { error };
      },
    )
    .finally(() => {
      lent.ended();
      stir();
    });

  while (end === undefined) {
    told();
    const now = performance.now();
    const quiet = now - lastAt;
    const prompt = script.promptIn(screen.fresh());
    if (prompt?.index !== waitedFor?.index) promptSince = now;
    waitedFor = prompt;
    if (quiet >= settle || (prompt !== undefined && now - promptSince >= settle + RESTLESS_MS)) {
      const { since, tail } = talk(screen.open());
      dialog.check(since, tail);
      if (prompt !== undefined) {
        waitedFor = undefined;
        await answer(prompt);
        continue;
      }
    }
    const patience = Math.max(settle, screen.isAsking() ? silence : silence * AT_WORK);
    if (prompt === undefined && quiet >= patience) await askOperator();
    else await stirred(Math.max(1, (quiet < settle || prompt !== undefined ? settle : patience) - quiet));
  }
  const { error } = end as { readonly error?: unknown };
  if (error !== undefined) throw error;
  give(screen.finished(true));
  return talk([]);
}

/** The whole of a secret answer and the secrets in it: a program may repeat either. */
async function secretParts(text: SecretText, { reveal }: Reveal): Promise<readonly string[]> {
  const parts = text.parts.filter((part) => typeof part !== 'string').map((part) => reveal(new SecretText([part])));
  return [await reveal(text), ...(await Promise.all(parts))];
}

/** A cut has its sign, before which the beginning of a secret is known for one. */
function shortened(line: string): string {
  return line.length > LONGEST_SHOWN ? `${line.slice(0, LONGEST_SHOWN)}${CUT}` : line;
}

function question(shown: string, screen: readonly string[], secret: boolean): string {
  return [
    `${shown} waits, and its script has no answer to this:`,
    '',
    ...(screen.length === 0 ? ['    (its terminal is empty)'] : screen.map((line) => `    ${line}`)),
    '',
    secret
      ? 'It seems to want a secret, and what is typed here would be written down. In the terminal app (`fairlead`) its terminal can be taken: nothing that is typed there is. Or give it one in the recipe (`script`).'
      : 'What you answer is typed there. It is written down in the record of the run: no password, please.',
  ].join('\n');
}
