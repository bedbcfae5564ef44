import type { TerminalAct } from '../../../../model/feed.ts';
import { readTyped, type Typed } from '../../embedded/program-keys.ts';
import type { Intent } from '../../intent.ts';
import { isKey, isText, type Key } from '../../key.ts';
import type { Around, KeyHint } from '../../page.ts';
import type { ShownTerminal } from '../run-picture.ts';
import { terminalRoom } from './lent-lines.ts';
import { type HandState, handOf } from './lent-state.ts';

/** What becomes of the hand, and of the question: `sent` says in words what it has come to. */
export interface HandTurn {
  readonly hand: HandState | undefined;
  readonly sent?: string;
  readonly intents?: readonly Intent[];
}

/** So many characters go to the run in one piece: what is pasted may be long. */
const PIECE = 50_000;

/** The keys while the terminal can be taken. */
export function freeKeys({ hand }: ShownTerminal): readonly KeyHint[] {
  const does = hand === 'another' ? 'take it over' : 'take the terminal';
  return [
    { key: 'Enter', does, explain: `${does}: what is typed then goes to the program, until it is given back` },
    { key: 'l', does: 'not now', explain: 'the program is ended; the run stops here, and can be resumed' },
  ];
}

/** The keys while it is in our hand. */
export function handKeys({ typing }: HandState): readonly KeyHint[] {
  const commands: readonly KeyHint[] = [
    { key: 'g', does: 'give it back', explain: 'the script goes on with what comes next' },
    { key: 's', does: 'stop the run', explain: 'the program is ended; the run stops here, and can be resumed' },
  ];
  if (typing.commanding)
    return [...commands, { key: 'Ctrl-]', does: 'send Ctrl-]' }, { key: 'Esc', does: 'back to the program' }];
  return commands.map((hint) => ({ ...hint, key: `Ctrl-] ${hint.key}` }));
}

/** A key while nobody, or another, has the terminal; undefined where it means nothing here. */
export function freeKey({ question, hand }: ShownTerminal, key: Key, around: Around): HandTurn | undefined {
  if (isKey(key, 'enter') || isText(key, 't')) {
    const room = terminalRoom(around);
    return { hand: handOf(question, room, hand === 'another'), intents: [intent(question, { act: 'take', ...room })] };
  }
  return isText(key, 'l') ? { hand: undefined, ...STOPS } : undefined;
}

/** What was typed while it is ours. */
export function handTyped(hand: HandState, terminal: ShownTerminal | undefined, piece: string): HandTurn {
  const { question } = hand;
  const modes = terminal?.picture.modes ?? { applicationCursor: false, bracketedPaste: false };
  const { typing, typed } = readTyped(hand.typing, piece, modes);
  const intents: Intent[] = [];
  for (const one of typed) {
    const command = commandIn(one);
    if (command === 'g') {
      return {
        hand: undefined,
        sent: 'Given back: the script goes on',
        intents: [...intents, intent(question, { act: 'give-back' })],
      };
    }
    if (command === 's') return { hand: undefined, sent: STOPS.sent, intents: [...intents, ...STOPS.intents] };
    if ('keys' in one) intents.push(...piecesOf(one.keys).map((keys) => intent(question, { act: 'type', keys })));
  }
  return { hand: { ...hand, typing }, intents };
}

/** The page is of another size now. */
export function handResized(hand: HandState, around: Around): HandTurn {
  const { columns, rows } = terminalRoom(around);
  if (columns === hand.columns && rows === hand.rows) return { hand };
  return { hand: { ...hand, columns, rows }, intents: [intent(hand.question, { act: 'resize', columns, rows })] };
}

const STOPS = {
  sent: 'The run stops here',
  intents: [{ kind: 'request', request: { kind: 'stop', when: 'now' } }],
} as const satisfies Omit<HandTurn, 'hand'>;

function commandIn(typed: Typed): string | undefined {
  return 'command' in typed ? typed.command.toLowerCase() : undefined;
}

function intent(question: string, act: TerminalAct): Intent {
  return { kind: 'terminal', question, act };
}

/** Never between the two halves of a character. */
function piecesOf(keys: string): readonly string[] {
  if (keys.length <= PIECE) return [keys];
  const letters = [...keys];
  return Array.from({ length: Math.ceil(letters.length / PIECE) }, (_, at) =>
    letters.slice(at * PIECE, (at + 1) * PIECE).join(''),
  );
}
