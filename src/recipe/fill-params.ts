import { join } from 'node:path';
import type { Problem, Scope, Value } from '../model/recipe.ts';
import type { Text } from '../model/secrets.ts';
import type { AnyStepType } from '../model/step.ts';
import { type Filled, fillString, fillText, referencesOf, type Use } from './filled-text.ts';
import { alternatives, below, type Schema, takesOnlyText } from './param-schema.ts';
import { pathWithin, type RecipeFiles } from './recipe-files.ts';
import { didYouMean, oneOf } from './suggestion.ts';
import type { Path, YamlSource } from './yaml-source.ts';

/** An expression in a param, and the schemas that its value may meet; none: it stands in a template. */
export interface ParamUse extends Use {
  readonly schemas?: readonly Schema[];
  readonly path: Path;
}

/** Params with their expressions. */
export type FilledParams = Filled<{ readonly [key: string]: Value }> & { readonly uses: readonly ParamUse[] };

/** What filling params needs of the recipe that they stand in. */
export interface ParamsContext {
  readonly source: YamlSource;
  readonly files: RecipeFiles;
  /** The recipe's folder as problems show it. */
  readonly shownFolder: string;
  /** Templates that were read already, by path. */
  readonly templates: Map<string, Filled<Text>>;
}

type Evaluate = (scope: Scope) => Value;

/** Reads the params of a step: their expressions, and the files that they name. */
export function fillParams(
  type: AnyStepType | undefined,
  params: { readonly [key: string]: unknown },
  path: Path,
  context: ParamsContext,
): FilledParams {
  const uses: ParamUse[] = [];
  const problems: Problem[] = [];

  const walk = (value: unknown, at: Path, schemas: readonly Schema[]): Evaluate | undefined => {
    if (typeof value === 'string') {
      const keyword = fileKeyword(value, schemas);
      if (keyword !== undefined) return keyword === 'template' ? template(value, at) : recipeFile(value, at);
      const filled = fillString(value, (nth, offset) => context.source.placeIn(at, nth, offset));
      problems.push(...filled.problems);
      uses.push(...filled.uses.map((use) => ({ ...use, schemas, path: at })));
      if (filled.uses.length > 0) return takesOnlyText(schemas) ? (scope) => asText(filled.evaluate(scope)) : filled.evaluate;
      // Without an expression it is constant all the same, with `$${{` read as `${{`.
      const plain = filled.problems.length > 0 ? value : filled.evaluate({} as Scope);
      return plain === value ? undefined : () => plain;
    }
    if (Array.isArray(value)) {
      const items = value.map((item: unknown, index) => walk(item, [...at, index], below(schemas, index)));
      if (items.every((item) => item === undefined)) return undefined;
      return (scope) => items.map((item, index) => (item === undefined ? (value[index] as Value) : item(scope)));
    }
    if (typeof value === 'object' && value !== null) {
      const entries = Object.entries(value).map(
        ([key, item]) => [key, item as Value, walk(item, [...at, key], below(schemas, key))] as const,
      );
      if (entries.every(([, , evaluate]) => evaluate === undefined)) return undefined;
      return (scope) =>
        Object.fromEntries(
          entries.map(([key, item, evaluate]) => [key, evaluate === undefined ? item : evaluate(scope)]),
        ) as Value;
    }
    return undefined;
  };

  const plainPath = (written: string, at: Path, folder: string): string | undefined => {
    const place = context.source.place(at);
    if (written.includes('${{')) {
      const expected = 'a plain path: which files a recipe uses does not depend on expressions';
      problems.push({ code: 'recipe.expression-misplaced', at: place, found: `\`${written}\``, expected });
      return undefined;
    }
    const inside = pathWithin(folder, written);
    if (inside === undefined) {
      const expected = `a path inside the recipe's ${folder === '' ? 'folder' : `\`${folder}/\``}`;
      problems.push({ code: 'recipe.path-outside', at: place, found: `\`${written}\``, expected });
    }
    return inside;
  };

  const missing = (written: string, at: Path, folder: string): undefined => {
    const names = context.files.names.filter((name) => name.startsWith(folder)).map((name) => name.slice(folder.length));
    const hidden = /(^|\/)\.[^./]/.test(written);
    const expected = hidden
      ? 'a file whose name does not start with a dot: such files are no part of a recipe'
      : names.length === 0
        ? `a file in \`${folder}\`; there is none`
        : oneOf(names) + didYouMean(written, names);
    problems.push({ code: 'recipe.missing-file', at: context.source.place(at), found: `\`${written}\``, expected });
    return undefined;
  };

  const template = (written: string, at: Path): Evaluate | undefined => {
    const inside = plainPath(written, at, 'files');
    if (inside === undefined) return undefined;
    const text = context.files.text(inside);
    if (text === undefined) return missing(written, at, 'files/');
    let filled = context.templates.get(inside);
    if (filled === undefined) {
      filled = fillText(text, placesIn(join(context.shownFolder, inside), text));
      context.templates.set(inside, filled);
      problems.push(...filled.problems);
    }
    uses.push(...filled.uses.map((use) => ({ ...use, path: at })));
    return filled.evaluate;
  };

  const recipeFile = (written: string, at: Path): Evaluate | undefined => {
    const inside = plainPath(written, at, '');
    if (inside === undefined) return undefined;
    const found = context.files.find(inside);
    return found === undefined ? missing(written, at, '') : () => found as unknown as Value;
  };

  const evaluate = walk(params, path, type === undefined ? [{}] : alternatives(type.schema));
  return {
    uses,
    problems,
    references: referencesOf(uses),
    evaluate: (scope) => (evaluate === undefined ? params : evaluate(scope)) as { readonly [key: string]: Value },
  };
}

/** Does this string name a file? Where text may stand as well, an absolute path and an expression are that text. */
function fileKeyword(value: string, schemas: readonly Schema[]): 'template' | 'recipe-file' | undefined {
  const isFile = ({ fairlead }: Schema): boolean => fairlead === 'template' || fairlead === 'recipe-file';
  const found = schemas.find(isFile)?.fairlead as 'template' | 'recipe-file' | undefined;
  const mayBeText = schemas.some((schema) => !isFile(schema) && (schema.type === 'string' || schema.fairlead === 'text'));
  return mayBeText && (value.startsWith('/') || value.includes('${{')) ? undefined : found;
}

/** Numbers and booleans become text where only text is taken: a port in an `.env` file. */
function asText(value: Value): Value {
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : value;
}

/** Places in a file, by the nth `${{` in it. */
function placesIn(file: string, text: string) {
  return (nth: number, offset: number) => {
    let open = -1;
    for (let index = 0; index <= nth; index++) open = text.indexOf('${{', open === -1 ? 0 : open + 3);
    const before = text.slice(0, open + offset).split('\n');
    return { file, line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
  };
}
