import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import formats from 'ajv-formats';
import { fail } from '../model/failure.ts';
import { paramsKeyword } from '../model/params-keyword.ts';
import type { StepTypes } from '../model/step.ts';
import { createFit } from './fits.ts';
import { patternWords } from './recipe-words.ts';
import { expectedWords, helpfulErrors } from './schema-errors.ts';

/** Throws `recipe.bad-params` where evaluated params don't meet their step type's schema. */
export type ParamsCheck = (uses: string, params: unknown) => void;

/**
 * A check of evaluated params. Each type's schema is compiled when it is first met. A failure names the params,
 * never their values: these may come from secrets.
 */
export function createParamsCheck(types: StepTypes): ParamsCheck {
  const fits = new Map<string, (params: unknown) => boolean>();

  return (uses, params) => {
    const type = types.get(uses);
    if (type === undefined) throw fail('recipe.unknown-step-type', `There is no step type \`${uses}\`.`);
    const meetsSchema = fits.get(uses) ?? createFit(type.schema);
    fits.set(uses, meetsSchema);
    if (meetsSchema(params)) return;
    const validate = compile(type.schema);
    if (validate(params)) return;
    const wrong = helpfulErrors(validate.errors ?? []).map(sentence);
    throw fail('recipe.bad-params', `These params of ${uses} can't be used: ${[...new Set(wrong)].join('; ')}.`, {
      hints: ['Look at the inputs and the outputs of earlier steps that these params are made of.'],
    });
  };
}

function compile(schema: object): ValidateFunction {
  const ajv = new Ajv({
    meta: false,
    validateSchema: false,
    strict: true,
    allErrors: true,
    verbose: true,
    allowUnionTypes: true,
    code: { optimize: false },
  });
  formats.default(ajv);
  ajv.addKeyword(paramsKeyword);
  return ajv.compile(schema);
}

function sentence(error: ErrorObject): string {
  const params = error.params as Readonly<Record<string, unknown>>;
  const path = error.instancePath.slice(1).replaceAll('/', '.').replaceAll('~1', '/').replaceAll('~0', '~');
  const inside = path === '' ? '' : ` in \`${path}\``;
  if (error.keyword === 'required') return `\`${String(params.missingProperty)}\` is missing${inside}`;
  if (error.keyword === 'additionalProperties') return `\`${String(params.additionalProperty)}\` is not known${inside}`;
  return `${path === '' ? 'the whole' : `\`${path}\``} must be ${expectedWords(error, patternWords)}`;
}
