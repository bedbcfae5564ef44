import type { InputSpec, Recipe, RecipeStep, Task } from '../../model/recipe.ts';
import { conditionText } from './condition-text.ts';
import { foldLine } from './fold-line.ts';
import { markdownLines } from './markdown.ts';
import { sampleText } from './sample-text.ts';
import { paint, type Style } from './style.ts';
import { wordLines, words } from './words.ts';

/**
 * A recipe as a readable runbook: what, why, where from; what it needs and asks; what it does, in order; how it ends. In lines of
 * so many columns, as far as its words allow; without a width each in one line.
 */
export function runbookLines(recipe: Recipe, style: Style, columns?: number): readonly string[] {
  const page = { style, columns: columns ?? UNFOLDED };
  return all(recipe, page).flatMap(({ line, hang }) => foldLine(line, page.columns, hang));
}

/** Where it is drawn. */
interface Page {
  readonly style: Style;
  readonly columns: number;
}

/** A line before it is folded, and how far its further lines are indented below it. */
interface Line {
  readonly line: string;
  readonly hang: number;
}

const item = (line: string): Line => ({ line, hang: 4 });
const sentence = (line: string): Line => ({ line, hang: 0 });

function all(recipe: Recipe, page: Page): readonly Line[] {
  const { style } = page;
  const { name, version, title, summary, source } = recipe;
  const part = (heading: string, lines: readonly Line[]): readonly Line[] =>
    lines.length === 0 ? [] : [sentence(''), sentence(paint(heading, 'strong', style)), ...lines];
  return [
    sentence(paint(words(`${title} (${name} ${version})`, style), 'strong', style)),
    ...(summary === undefined ? [] : [sentence(words(summary, style))]),
    ...(source === undefined ? [] : [sentence(paint(words(`Source: ${source}`, style), 'faint', style))]),
    ...part('It needs', needLines(recipe, style)),
    ...part(
      'It asks for',
      recipe.inputs.flatMap((input) => inputLines(input, page)),
    ),
    ...part(
      'It makes and keeps secret',
      recipe.secrets.map((secret) => item(words(`  ${secret.name}  ${secret.title ?? secret.generate}`, style))),
    ),
    ...part(
      'Steps',
      recipe.steps.flatMap((step, index) => stepLines(step, index, page)),
    ),
    ...part('At the end it says', endLines(recipe, page)),
    ...part(
      'Tasks, each done with: fairlead task NAME TASK',
      recipe.tasks.flatMap((task) => taskLines(task, page)),
    ),
  ];
}

function needLines({ requires, needs, ...rest }: Recipe, style: Style): readonly Line[] {
  const { arch, memory, disk } = requires;
  const ports = requires.ports.map((port) => sampleText(port, { requires, needs, ...rest }) ?? 'one that an input says');
  const lines = [
    ...(arch === undefined ? [] : [`a machine of ${arch.join(' or ')}`]),
    ...(memory === undefined ? [] : [`${size(memory)} of memory`]),
    ...(disk === undefined ? [] : [`${size(disk)} free on the disk`]),
    ...(ports.length === 0 ? [] : [`nothing else on port ${ports.join(', ')}`]),
    ...needs.map((needed) => `${needed}, deployed on this host before`),
  ];
  return lines.map((line) => item(words(`  ${line}`, style)));
}

/** `256 MiB`, `1 GiB`. */
function size(mebibytes: number): string {
  return mebibytes >= 1024 && mebibytes % 512 === 0 ? `${mebibytes / 1024} GiB` : `${mebibytes} MiB`;
}

function inputLines(input: InputSpec, page: Page): readonly Line[] {
  const { style } = page;
  const { name, title, type, choices, default: preset } = input;
  const value = preset === undefined ? (input.optional ? 'optional' : 'required') : `default ${String(preset)}`;
  const kind = choices === undefined ? type : choices.join(' or ');
  const where = input.when === undefined ? '' : `; asked only where ${conditionText(input.when.source)}`;
  return [item(words(`  ${name}  ${title} (${kind}, ${value}${where})`, style)), ...prose(input.explain, page)];
}

function stepLines(step: RecipeStep, index: number, page: Page): readonly Line[] {
  const { style } = page;
  const after = step.after.length === 0 ? '' : `; again after a change of ${step.after.join(', ')}`;
  const danger = step.danger === undefined ? '' : '; asks for a typed word first';
  return [
    item(words(`${String(index + 1).padStart(3)}. ${step.title}`, style)),
    item(paint(words(`     ${step.id}: ${step.uses}${after}${danger}`, style), 'faint', style)),
    ...prose(step.explain, page),
  ];
}

function endLines(recipe: Recipe, { style }: Page): readonly Line[] {
  const text = recipe.finish === undefined ? undefined : sampleText(recipe.finish, recipe);
  return text === undefined ? [] : wordLines(text, style).map((line) => item(`  ${line}`.trimEnd()));
}

function taskLines({ name, title, explain, inputs, changes }: Task, page: Page): readonly Line[] {
  const taken = changes ?? inputs.map((input) => input.name);
  const takes = taken.length === 0 ? '' : `; ${changes === undefined ? 'asks for' : 'changes'} ${taken.join(', ')}`;
  return [item(words(`  ${name}  ${title}${takes}`, page.style)), ...prose(explain, page)];
}

/** Markdown below what it is about. */
function prose(text: string | undefined, { style, columns }: Page): readonly Line[] {
  if (text === undefined) return [];
  return markdownLines(text, { columns: Math.max(20, columns - INDENT), style }).map((line) =>
    sentence(line === '' ? '' : `${' '.repeat(INDENT)}${line}`),
  );
}

/** The columns in front of what explains. */
const INDENT = 5;
/** Wider than any text: nothing is folded where nobody knows the width. */
const UNFOLDED = 100_000;
