import type { Draft, Field } from '../../../model/dispatch.ts';
import type { InputType } from '../../../model/recipe.ts';
import { foldLine } from '../../lib/fold-line.ts';
import { markdownLines } from '../../lib/markdown.ts';
import { paint, type Style, sign } from '../../lib/style.ts';
import { cut, cutPainted, fitPainted } from '../../lib/width.ts';
import { words } from '../../lib/words.ts';
import type { Around } from '../page.ts';
import { choicesOf } from './edit-entry.ts';
import { shownFault } from './field-faults.ts';
import { NAME_TITLE, planTitle } from './form-rows.ts';
import { askedOf, entryOf, existsAlready, focusedRow, type InputsState, isChanged } from './inputs-state.ts';

/** Kinds of inputs, as people call them. */
const KINDS: Readonly<Record<Exclude<InputType, 'choice'>, string>> = {
  string: 'one line of text',
  text: 'text, of several lines if need be',
  hostname: 'a host name',
  email: 'an e-mail address',
  port: 'a port, 1 to 65535',
  path: 'an absolute path',
  cidr: 'a network, such as 172.21.0.0/16',
  ip: 'an IP address',
  url: 'a URL',
  integer: 'a whole number',
  boolean: 'yes or no',
  secret: 'a secret',
};

/** What is said about the field under the cursor: its parts are always in the same rows, so that nothing jumps. */
interface Panel {
  readonly title: string;
  readonly kind: string;
  /** In the width of the page. */
  readonly explain: readonly string[];
  readonly usedBy: readonly string[];
  readonly standing: string;
}

/** Rows of the panel on a page of so many rows: where there is room, an explanation has more of it. */
export function panelRows(rows: number): number {
  return rows >= 30 ? 9 : 6;
}

/** Rows of the panel that are not the explanation's: title, where else it is used, where it comes from. */
const OTHER_ROWS = 3;

/** The last line of the explanation that may stand first, so that its end is in sight; 0 where all of it is. */
export function lastExplainTop(state: InputsState, around: Around): number {
  return Math.max(0, panelOf(state, around).explain.length - (panelRows(around.rows) - OTHER_ROWS));
}

/**
 * The panel below the form: title and kind, what explains the field, where else its value is used, and at the end what is wrong
 * with it or where its value comes from.
 */
export function panelLines(state: InputsState, around: Around): readonly string[] {
  const { columns, style } = around;
  const { title, kind, explain, usedBy, standing } = panelOf(state, around);
  const end = sign('more', style);
  const room = panelRows(around.rows) - OTHER_ROWS;
  const top = Math.min(state.explainTop, Math.max(0, explain.length - room));
  const moreKey = explain.length > top + room ? 'PgDn: read on' : top > 0 ? 'PgUp: read again' : '';
  const heading = `${paint(words(title, style), 'strong', style)}${kind === '' ? '' : paint(`  ${kind}`, 'faint', style)}`;
  const first =
    moreKey === '' ? heading : `${fitPainted(heading, columns - moreKey.length - 2, end)}  ${paint(moreKey, 'asking', style)}`;
  const used = usedBy.length === 0 ? '' : paint(cut(`Used by: ${words(usedBy.join('; '), style)}`, columns, end), 'faint', style);
  const explained = Array.from({ length: room }, (_, at) => explain[top + at] ?? '');
  return [first, ...explained, used, standing].map((line) => cutPainted(line, columns, end));
}

/** What may be typed: in the words of the recipe, where it wants something that not every value of the type is. */
function kindOf({ type, patternMeans }: Field['spec'], choices: number): string {
  return type === 'choice' ? `one of ${choices}` : (patternMeans ?? KINDS[type]);
}

/** Prose: what goes on in the next row begins where the first began. */
function folded(line: string, columns: number): readonly string[] {
  const indent = /^ */.exec(line)?.[0] ?? '';
  return foldLine(line, columns).map((piece, at) => (at === 0 ? piece : `${indent}${piece.trimStart()}`));
}

function panelOf(state: InputsState, around: Around): Panel {
  const { style } = around;
  const row = focusedRow(state);
  if (row.kind === 'plan') return planPanel(state, around);
  const fault = shownFault(state, row, around);
  if (row.kind === 'name') return namePanel(state, fault, around);
  const { spec, usedBy } = row.field;
  const choices = choicesOf(spec).map(({ label }) => label);
  const listed = choices.join(', ');
  return {
    title: spec.title,
    kind: `${kindOf(spec, choices.length)}${spec.optional ? ', may stay empty' : ''}`,
    explain: [
      ...(spec.explain === undefined ? [] : markdownLines(spec.explain, around)),
      ...(listed.length > SEEN_IN_THE_ROW ? folded(`Choices: ${words(listed, style)}`, around.columns) : []),
    ],
    usedBy,
    standing: fault === undefined ? standingOf(state, row.field, style) : wrongLine(sentence(words(fault, style)), style),
  };
}

/** Choices of so many characters stand beside each other in their row. */
const SEEN_IN_THE_ROW = 32;

function wrongLine(text: string, style: Style): string {
  return paint(`${sign('warning', style)} ${text}`, 'bad', style);
}

function namePanel({ name, draft }: InputsState, fault: string | undefined, { columns, style }: Around): Panel {
  const { failure } = name ?? {};
  const explain = failure?.hints.map((hint) => `${sign('arrow', style)} ${words(hint, style)}`) ?? [
    'fairlead keeps its record of what it did under this name. The same recipe may stand here several times, each under its own.',
  ];
  return {
    title: NAME_TITLE,
    kind: 'lower case letters, digits, - _ and .',
    explain: explain.flatMap((line) => folded(line, columns)),
    usedBy: [],
    standing:
      fault === undefined ? paint(nameStanding(name, draft, style), 'faint', style) : wrongLine(words(fault, style), style),
  };
}

function nameStanding(name: InputsState['name'], draft: Draft, style: Style): string {
  if (name?.asked !== undefined) return `Looking at it ${sign('running', style)}`;
  if (name?.text.text !== draft.deployment) return 'It is looked at when you go on to the next field.';
  if (existsAlready(draft)) return 'It exists already: its inputs are filled in here, and this run goes over it once more.';
  return draft.deployment === draft.recipe.name ? 'As the recipe is called.' : '';
}

function planPanel(state: InputsState, { columns, style }: Around): Panel {
  const goesOn = state.draft.changes !== undefined;
  const changed = askedOf(state).filter((field) => isChanged(state, field)).length;
  const counts =
    changed === 0 ? 'No input was changed.' : changed === 1 ? 'One input was changed.' : `${changed} inputs were changed.`;
  return {
    title: planTitle(state),
    kind: '',
    explain: folded(
      goesOn
        ? 'The run goes on with these inputs. It shows what it would do now, and asks before it does it.'
        : `Looks at this machine and shows each change that the ${state.draft.task === undefined ? 'recipe' : 'task'} would make. Nothing is changed until you say yes there.`,
      columns,
    ),
    usedBy: [],
    standing: askedOf(state).length === 0 ? '' : paint(counts, 'faint', style),
  };
}

/** Where a value that nothing is wrong with comes from, and what can be done about that. */
function standingOf(state: InputsState, field: Field, style: Style): string {
  const { text } = entryOf(state, field);
  const { spec, from } = field;
  if (spec.type === 'secret') return paint(secretStanding(state, field, text, style), 'faint', style);
  const goesOn = state.draft.changes !== undefined;
  if (!isChanged(state, field))
    return paint(UNCHANGED[text === '' ? 'empty' : from]({ optional: spec.optional, goesOn }), 'faint', style);
  const lines = text.split('\n').length;
  const count = lines === 1 ? '' : `${lines} lines; ${sign('lineEnd', style)} is where one ends. `;
  if (from === 'nowhere' || field.text === '') return paint(count, 'faint', style);
  const before = words(choicesOf(spec).find(({ value }) => value === field.text)?.label ?? field.text, style);
  return paint(`${count}Changed by you; Ctrl-Z brings back ${WAS[from](goesOn)}: ${before}`, 'changed', style);
}

const WAS: Readonly<Record<Field['from'], (goesOn: boolean) => string>> = {
  default: () => 'the default',
  'earlier-run': (goesOn) => (goesOn ? 'what the run has' : 'what the last run had'),
  given: () => 'what was given',
  vault: () => 'what was kept',
  nowhere: () => 'what it was',
};

/** What a field that was left alone has, by where that comes from. */
const UNCHANGED: Readonly<
  Record<Field['from'] | 'empty', (of: { readonly optional: boolean; readonly goesOn: boolean }) => string>
> = {
  default: () => 'This is the default.',
  'earlier-run': ({ goesOn }) => (goesOn ? 'As the run has it.' : 'As in the last run.'),
  given: () => 'As it was given when fairlead was started.',
  vault: () => '',
  nowhere: () => '',
  empty: ({ optional }) => (optional ? 'It may stay empty.' : 'It is needed, and has no default.'),
};

function secretStanding({ made, revealed }: InputsState, { spec, from }: Field, text: string, style: Style): string {
  const lines = text.split('\n').length;
  const count = revealed && lines > 1 ? `${lines} lines; ${sign('lineEnd', style)} is where one ends. ` : '';
  if (text !== '') {
    const whence = made.includes(spec.name)
      ? 'Made at random; the vault will keep it.'
      : 'The vault will keep it, and nothing else.';
    return `${count}${whence} Ctrl-R ${revealed ? 'hides it again' : 'shows it'}.`;
  }
  if (from === 'vault') return 'The vault keeps one. It stays as long as nothing is typed here.';
  if (from === 'given') return 'It was given when fairlead was started: it stays as long as nothing is typed here.';
  return `${spec.optional ? 'It may stay empty. ' : ''}Type it, or let Ctrl-G make one. It goes to the vault, nowhere else.`;
}

/** A fault as a sentence of its own: `must be a port` is `Must be a port.` */
function sentence(fault: string): string {
  const first = [...fault][0] ?? '';
  return `${first.toUpperCase()}${fault.slice(first.length)}${/[.!?]$/.test(fault) ? '' : '.'}`;
}
