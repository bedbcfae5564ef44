import { join } from 'node:path';
import type { Deferred, InputSpec, Problem, Recipe, Requires, SecretSpec, Task } from '../model/recipe.ts';
import { basesOf } from '../model/secret-order.ts';
import type { Text } from '../model/secrets.ts';
import type { StepTypes } from '../model/step.ts';
import { checkSteps } from './check-steps.ts';
import type { ParamsContext } from './fill-params.ts';
import { constant, type Filled, fillString, fillText, type Use } from './filled-text.ts';
import { checkConditions } from './input-conditions.ts';
import { inputSpec, type ReadInput } from './input-spec.ts';
import { createNameCheck, type NameCheck, type Sight } from './name-check.ts';
import { withPartFiles } from './part-files.ts';
import { findMisplacedExpressions } from './plain-texts.ts';
import { readKeeps } from './read-keeps.ts';
import { type ReadStep, readStep, strings } from './read-step.ts';
import { checkTaskChanges, checkTaskInputs } from './read-task.ts';
import { type RecipeFiles, readRecipeFiles } from './recipe-files.ts';
import { mebibytes } from './recipe-words.ts';
import { checkSecretBases } from './secret-bases.ts';
import { type ReadSecret, secretSpec } from './secret-spec.ts';
import { checkEnvelope } from './structure-check.ts';
import { type Path, parseYaml, type YamlSource } from './yaml-source.ts';

/** A recipe, or all that is wrong with it. */
export type LoadedRecipe =
  | { readonly ok: true; readonly recipe: Recipe }
  | { readonly ok: false; readonly problems: readonly Problem[] };

type Raw = { readonly [key: string]: unknown };

/**
 * Reads and checks the recipe in a folder. Problems point into its files by `folder` as it was given; nothing is
 * thrown for a bad recipe.
 */
export async function loadRecipe(folder: string, types: StepTypes): Promise<LoadedRecipe> {
  const file = join(folder, 'recipe.yaml');
  const files = await readRecipeFiles(folder).catch(() => undefined);
  const text = files?.text('recipe.yaml');
  if (files === undefined || text === undefined) {
    const found = files === undefined ? 'no such folder' : 'no recipe.yaml in the folder';
    return {
      ok: false,
      problems: [{ code: 'recipe.missing-file', at: { file, line: 1, column: 1 }, found, expected: 'a recipe.yaml' }],
    };
  }
  const source = withPartFiles(parseYaml(file, text), files, folder);
  if (source.data === undefined) return { ok: false, problems: source.problems };
  const problems = [...source.problems, ...checkEnvelope(source)];
  const raw = isMap(source.data) ? source.data : {};
  const read = readAll(raw, source, files, folder, types);
  problems.push(...read.problems);
  // An unused name is often the other half of a mistyped one: said only where nothing else is wrong.
  if (problems.length === 0) problems.push(...read.unused());
  return problems.length === 0 ? { ok: true, recipe: read.recipe() } : { ok: false, problems: tidy(problems) };
}

interface ReadAll {
  readonly problems: readonly Problem[];
  unused(): readonly Problem[];
  recipe(): Recipe;
}

function readAll(raw: Raw, source: YamlSource, files: RecipeFiles, shownFolder: string, types: StepTypes): ReadAll {
  const problems: Problem[] = [...findMisplacedExpressions(source)];
  for (const name of files.badLinks) {
    const at = { file: join(shownFolder, name), line: 1, column: 1 };
    problems.push({
      code: 'recipe.bad-link',
      at,
      found: 'a link out of the recipe, or to a folder',
      expected: 'the file itself',
    });
  }
  const context: ParamsContext = { source, files, shownFolder, templates: new Map() };
  const taking = <T>({ problems: found, ...rest }: { readonly problems: readonly Problem[] } & T): Omit<T, 'problems'> => {
    problems.push(...found);
    return rest as Omit<T, 'problems'>;
  };

  const readInputs = (raw: unknown, path: Path): readonly Omit<ReadInput, 'problems'>[] =>
    entries(raw).flatMap(([name, input]) =>
      typeof input.type === 'string' ? [taking(inputSpec(name, input as never, source, [...path, name]))] : [],
    );
  const ownInputs = readInputs(raw.inputs, ['inputs']);
  const inputs = ownInputs.map(({ spec }) => spec);
  const readSecrets = entries(raw.secrets).flatMap(([name, secret]): Omit<ReadSecret, 'problems'>[] =>
    typeof secret.generate === 'string' ? [taking(secretSpec(name, secret as never, source, ['secrets', name]))] : [],
  );
  const secrets = readSecrets.map(({ spec }) => spec);
  problems.push(...checkSecretBases(secrets, source));
  const needs = strings(raw.needs);
  const self = needs.indexOf(String(raw.recipe));
  if (self !== -1) {
    const at = source.place(['needs', self]);
    problems.push({
      code: 'recipe.needs-itself',
      at,
      found: `\`${needs[self]}\`, which is this recipe`,
      expected: 'other recipes',
    });
  }

  const readSteps = (steps: unknown, path: Path): ReadStep[] =>
    (Array.isArray(steps) ? steps : []).map((step: unknown, index) =>
      readStep(isMap(step) ? step : {}, [...path, index], types, context),
    );
  const steps = readSteps(raw.steps, ['steps']);
  const rawTasks = entries(raw.tasks);
  const taskInputs = rawTasks.map(([task, { inputs: own }]) => {
    const read = readInputs(own, ['tasks', task, 'inputs']);
    return { task, read, inputs: read.map(({ spec }) => spec) };
  });
  problems.push(...checkTaskInputs(inputs, taskInputs));
  const taskSteps = rawTasks.map(([name, task]) => readSteps(task.steps, ['tasks', name, 'steps']));
  const rotations = new Map(
    entries(raw.secrets).flatMap(([name, { rotate }]) =>
      Array.isArray(rotate) ? [[name, readSteps(rotate, ['secrets', name, 'rotate'])] as const] : [],
    ),
  );

  const names = createNameCheck({
    inputs,
    taskInputs: taskInputs.flatMap((task) => task.inputs),
    secrets: secrets.map(({ name }) => name),
    needs,
    steps: [...steps, ...taskSteps.flat(), ...[...rotations.values()].flat()].map((step) => step.names),
  });
  problems.push(...checkConditions(ownInputs, [], names));
  problems.push(...taskInputs.flatMap(({ read }) => checkConditions(read, inputs, names)));
  const { seen } = taking(checkSteps(steps, new Map(), source, names));
  problems.push(...readSecrets.flatMap(({ uses }) => checkSecretUses(uses, names, new Set(seen.keys()))));
  const text = (value: unknown, path: Path, sight: Pick<Sight, 'steps' | 'taskInputs'>): Deferred<Text> | undefined => {
    if (typeof value !== 'string') return undefined;
    const filled = fillText(value, (nth, offset) => source.placeIn(path, nth, offset));
    problems.push(...filled.problems, ...checkUses(filled, { later: new Set(), because: '', ...sight }, names));
    return filled;
  };
  const tasks = rawTasks.map(([name, task], index): Task => {
    const own = taskSteps[index] ?? [];
    const asked = taskInputs[index]?.inputs ?? [];
    const within = { taskInputs: asked.map((spec) => spec.name) };
    const { seen: seenByTask } = taking(checkSteps(own, seen, source, names, within));
    const finish = text(task.finish, ['tasks', name, 'finish'], { steps: seenByTask, ...within });
    const changes = Array.isArray(task.changes) ? strings(task.changes) : undefined;
    problems.push(...checkTaskChanges(changes ?? [], ['tasks', name, 'changes'], inputs, source));
    return {
      name,
      title: String(task.title),
      ...(typeof task.explain === 'string' && { explain: task.explain }),
      inputs: asked,
      ...(changes !== undefined && { changes }),
      steps: own.map(({ step }) => step),
      ...(finish !== undefined && { finish }),
    };
  });
  // All of them may be in one run, with the recipe's own steps.
  let seenByRotation = seen;
  for (const [name, own] of rotations) {
    seenByRotation = taking(checkSteps(own, seenByRotation, source, names, { rotates: name })).seen;
  }
  const rotating = secrets.map((spec): SecretSpec => {
    const own = rotations.get(spec.name);
    return own === undefined ? spec : { ...spec, rotate: own.map(({ step }) => step) };
  });
  const finish = text(raw.finish, ['finish'], { steps: seen });
  const requires = readRequires(isMap(raw.requires) ? raw.requires : {}, source, names, problems, new Set(seen.keys()));
  const { keeps } = taking(readKeeps(entries(raw.secrets), source, names, new Set(seen.keys())));

  return {
    problems,
    unused: () => unusedNames([...inputs, ...taskInputs.flatMap((task) => task.inputs)], secrets, names),
    recipe: () => ({
      name: String(raw.recipe),
      version: String(raw.version),
      title: String(raw.title),
      ...(typeof raw.summary === 'string' && { summary: raw.summary }),
      ...(typeof raw.source === 'string' && { source: raw.source }),
      folder: files.folder,
      digest: files.digest,
      requires,
      needs,
      inputs,
      secrets: rotating.map((secret) => ({ ...secret, ...keeps.get(secret.name) })),
      steps: steps.map(({ step }) => step),
      tasks,
      ...(finish !== undefined && { finish }),
    }),
  };
}

function readRequires(raw: Raw, source: YamlSource, names: NameCheck, problems: Problem[], steps: ReadonlySet<string>): Requires {
  const sight: Sight = { steps: new Map(), later: steps, because: 'no step: requirements are checked before the first one' };
  const ports = (Array.isArray(raw.ports) ? raw.ports : []).map((port: unknown, index): Deferred => {
    if (typeof port === 'number') return constant(port);
    const filled = fillString(String(port), (nth, offset) => source.placeIn(['requires', 'ports', index], nth, offset));
    problems.push(...filled.problems, ...checkUses(filled, sight, names));
    return filled;
  });
  const size = (key: 'memory' | 'disk'): number | undefined =>
    typeof raw[key] === 'number' || typeof raw[key] === 'string' ? mebibytes(raw[key]) : undefined;
  const [memory, disk] = [size('memory'), size('disk')];
  return {
    ...(raw.arch !== undefined && { arch: strings(raw.arch) }),
    ...(memory !== undefined && { memory }),
    ...(disk !== undefined && { disk }),
    ports,
  };
}

/** A secret may be made before any step has run, and what is written into it may be shown. */
function checkSecretUses(uses: readonly Use[], names: NameCheck, steps: ReadonlySet<string>): readonly Problem[] {
  const sight: Sight = { steps: new Map(), later: steps, because: 'no step: a secret may be made before the first one' };
  return uses.flatMap((use) => {
    const wrong = names.check(use, sight);
    if (wrong.length > 0 || !names.holdsSecret(use, sight)) return wrong;
    const found = `a secret, \`${use.expression.source}\``;
    return [{ code: 'recipe.secret-misplaced', at: use.place(0), found, expected: 'no secret in a name: everybody can read it' }];
  });
}

function checkUses({ uses }: Filled, sight: Sight, names: NameCheck): readonly Problem[] {
  return uses.flatMap((use) => names.check(use, sight));
}

function unusedNames(inputs: readonly InputSpec[], secrets: readonly SecretSpec[], { used }: NameCheck): Problem[] {
  const bases = new Set(secrets.flatMap((spec) => basesOf(spec, secrets)));
  const unused = (root: 'inputs' | 'secrets', specs: readonly (InputSpec | SecretSpec)[]): Problem[] =>
    specs
      .filter(({ name }) => !used.has(`${root}.${name}`) && !(root === 'secrets' && bases.has(name)))
      .map(({ name, at }) => ({
        code: root === 'inputs' ? 'recipe.unused-input' : 'recipe.unused-secret',
        at,
        found: `\`${name}\`, which nothing uses`,
        expected: `\`\${{ ${root}.${name} }}\` somewhere, or not to have it`,
      }));
  return [...unused('inputs', inputs), ...unused('secrets', secrets)];
}

/** In the order of their places, each once. */
function tidy(problems: readonly Problem[]): readonly Problem[] {
  const unique = new Map(problems.map((problem) => [JSON.stringify([problem.code, problem.at, problem.found]), problem]));
  const byFile = (problem: Problem): number => (problem.at.file.endsWith('recipe.yaml') ? 0 : 1);
  return [...unique.values()].sort(
    (a, b) =>
      byFile(a) - byFile(b) || a.at.file.localeCompare(b.at.file, 'en') || a.at.line - b.at.line || a.at.column - b.at.column,
  );
}

function isMap(value: unknown): value is Raw {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function entries(value: unknown): [string, Raw][] {
  return isMap(value) ? Object.entries(value).filter((entry): entry is [string, Raw] => isMap(entry[1])) : [];
}
