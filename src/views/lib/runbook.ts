import type { InputSpec, Recipe, RecipeStep, Task } from '../../model/recipe.ts';
import { sampleText } from './sample-text.ts';
import { paint, type Style } from './style.ts';
import { wordLines, words } from './words.ts';

/** A recipe as a readable runbook: what, why, where from; what it needs and asks; what it does, in order; how it ends. */
export function runbookLines(recipe: Recipe, style: Style): readonly string[] {
  const { name, version, title, summary, source } = recipe;
  const part = (heading: string, lines: readonly string[]): readonly string[] =>
    lines.length === 0 ? [] : ['', paint(heading, 'strong', style), ...lines];
  return [
    paint(words(`${title} (${name} ${version})`, style), 'strong', style),
    ...(summary === undefined ? [] : [words(summary, style)]),
    ...(source === undefined ? [] : [paint(words(`Source: ${source}`, style), 'faint', style)]),
    ...part('It needs', needLines(recipe, style)),
    ...part(
      'It asks for',
      recipe.inputs.flatMap((input) => inputLines(input, style)),
    ),
    ...part(
      'It makes and keeps secret',
      recipe.secrets.map((secret) => words(`  ${secret.name}  ${secret.title ?? secret.generate}`, style)),
    ),
    ...part(
      'Steps',
      recipe.steps.flatMap((step, index) => stepLines(step, index, style)),
    ),
    ...part('At the end it says', endLines(recipe, style)),
    ...part(
      'Tasks',
      recipe.tasks.flatMap((task) => taskLines(task, style)),
    ),
  ];
}

function needLines({ requires, needs, ...rest }: Recipe, style: Style): readonly string[] {
  const { arch, memory, disk } = requires;
  const ports = requires.ports.map((port) => sampleText(port, { requires, needs, ...rest }) ?? 'one that an input says');
  const lines = [
    ...(arch === undefined ? [] : [`a machine of ${arch.join(' or ')}`]),
    ...(memory === undefined ? [] : [`${size(memory)} of memory`]),
    ...(disk === undefined ? [] : [`${size(disk)} free on the disk`]),
    ...(ports.length === 0 ? [] : [`nothing else on port ${ports.join(', ')}`]),
    ...needs.map((needed) => `${needed}, deployed on this host before`),
  ];
  return lines.map((line) => words(`  ${line}`, style));
}

/** `256 MiB`, `1 GiB`. */
function size(mebibytes: number): string {
  return mebibytes >= 1024 && mebibytes % 512 === 0 ? `${mebibytes / 1024} GiB` : `${mebibytes} MiB`;
}

function inputLines(input: InputSpec, style: Style): readonly string[] {
  const { name, title, type, choices, default: preset } = input;
  const value = preset === undefined ? (input.optional ? 'optional' : 'required') : `default ${String(preset)}`;
  const kind = choices === undefined ? type : choices.join(' or ');
  return [words(`  ${name}  ${title} (${kind}, ${value})`, style), ...prose(input.explain, style)];
}

function stepLines(step: RecipeStep, index: number, style: Style): readonly string[] {
  const after = step.after.length === 0 ? '' : `; again after a change of ${step.after.join(', ')}`;
  const danger = step.danger === undefined ? '' : '; asks for a typed word first';
  return [
    words(`${String(index + 1).padStart(3)}. ${step.title}`, style),
    paint(words(`     ${step.id}: ${step.uses}${after}${danger}`, style), 'faint', style),
    ...prose(step.explain, style),
  ];
}

function endLines(recipe: Recipe, style: Style): readonly string[] {
  const text = recipe.finish === undefined ? undefined : sampleText(recipe.finish, recipe);
  return text === undefined ? [] : wordLines(text, style).map((line) => `  ${line}`.trimEnd());
}

function taskLines({ name, title, explain }: Task, style: Style): readonly string[] {
  return [words(`  ${name}  ${title}`, style), ...prose(explain, style)];
}

/** Markdown as it is written, a paragraph a line: whoever draws it folds it to the width that there is. */
function prose(text: string | undefined, style: Style): readonly string[] {
  if (text === undefined) return [];
  const lines: string[] = [];
  for (const line of wordLines(text, style)) {
    const before = lines.at(-1);
    const goesOn = before !== undefined && before !== '' && line !== '' && !OWN_LINE.test(line);
    if (goesOn) lines[lines.length - 1] = `${before} ${line}`;
    else lines.push(line);
  }
  return lines.map((line) => (line === '' ? '' : paint(`     ${line}`, 'faint', style)));
}

/** Indented text, items of lists, headings and quotes begin a line of their own. */
const OWN_LINE = /^(\s|[-*+>#|`]|\d+[.)]\s)/;
