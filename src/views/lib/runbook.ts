import type { Recipe, RecipeStep } from '../../model/recipe.ts';
import { paint, type Style } from './style.ts';

/** A recipe as a readable runbook: what, why, where from; what it asks and what it does, in order. */
export function runbookLines(recipe: Recipe, style: Style): readonly string[] {
  const heading = (text: string): readonly string[] => ['', paint(text, 'strong', style)];
  return [
    paint(`${recipe.title} (${recipe.name} ${recipe.version})`, 'strong', style),
    ...(recipe.summary === undefined ? [] : [recipe.summary]),
    ...(recipe.source === undefined ? [] : [paint(`Source: ${recipe.source}`, 'faint', style)]),
    ...(recipe.needs.length === 0 ? [] : [`Needs: ${recipe.needs.join(', ')}`]),
    ...(recipe.inputs.length === 0 ? [] : heading('It asks for')),
    ...recipe.inputs.flatMap((input) => {
      const preset =
        input.default === undefined ? (input.optional ? 'optional' : 'required') : `default ${String(input.default)}`;
      return [`  ${input.name}  ${input.title} (${input.type}, ${preset})`, ...indented(input.explain, style)];
    }),
    ...(recipe.secrets.length === 0 ? [] : heading('It makes and keeps secret')),
    ...recipe.secrets.map((secret) => `  ${secret.name}  ${secret.title ?? secret.generate}`),
    ...heading('Steps'),
    ...recipe.steps.flatMap((step, index) => stepLines(step, index, style)),
    ...(recipe.tasks.length === 0 ? [] : heading('Tasks')),
    ...recipe.tasks.flatMap((task) => [`  ${task.name}  ${task.title}`, ...indented(task.explain, style)]),
  ];
}

function stepLines(step: RecipeStep, index: number, style: Style): readonly string[] {
  const after = step.after.length === 0 ? '' : `; again after a change of ${step.after.join(', ')}`;
  return [
    `${String(index + 1).padStart(3)}. ${step.title}`,
    paint(`     ${step.id}: ${step.uses}${after}`, 'faint', style),
    ...indented(step.explain, style),
  ];
}

function indented(text: string | undefined, style: Style): readonly string[] {
  if (text === undefined) return [];
  return text
    .trimEnd()
    .split('\n')
    .map((line) => paint(`     ${line}`, 'faint', style));
}
