import { DURATION_PATTERN } from '../model/duration.ts';
import type { AnyStepType, StepTypes } from '../model/step.ts';
import { EXPRESSION_REF, expressionSchema } from './expression-schema.ts';
import { authoringSchema } from './param-schema.ts';
import { keepsSchema } from './read-keeps.ts';
import { HYPHEN_NAME_PATTERN, NAME_PATTERN, SIZE_PATTERN, VERSION_PATTERN } from './recipe-words.ts';
import { secretDetailSchemas } from './secret-kinds.ts';

const STEP = { $ref: '#/$defs/step' };

const text = (description: string) => ({ type: 'string', minLength: 1, description });
const name = (description: string) => ({ type: 'string', pattern: NAME_PATTERN, description });
const duration = (description: string) => ({ type: 'string', pattern: DURATION_PATTERN, description });
const listOf = (items: object, description: string) => ({ type: 'array', items, uniqueItems: true, description });
const oneOrMore = (items: object, description: string) => ({
  anyOf: [items, { type: 'array', items, uniqueItems: true, minItems: 1 }],
  description,
});
const closed = (required: readonly string[], properties: object) => ({
  type: 'object',
  required,
  additionalProperties: false,
  properties,
});
const named = (pattern: string, values: object, description: string) => ({
  type: 'object',
  propertyNames: { pattern },
  additionalProperties: values,
  description,
});

const input = closed(['type', 'title'], {
  type: {
    enum: ['string', 'text', 'hostname', 'email', 'port', 'path', 'cidr', 'ip', 'url', 'integer', 'boolean', 'choice', 'secret'],
    description: 'What kind of value it takes: `string` is one line, `text` may have several, `path` is absolute.',
  },
  title: text('What the operator is asked for.'),
  explain: text('Markdown shown beside the question.'),
  default: { type: ['string', 'number', 'boolean'], description: 'Used where the operator gives none.' },
  optional: { type: 'boolean', description: 'May be left out although it has no default; then it is null.' },
  when: text(
    'An expression over inputs that stand before it, with or without `${{ }}`. Where it is false the input is not asked for, and may be left out: then it has its default, or is null.',
  ),
  choices: { ...listOf({ type: 'string', minLength: 1 }, 'What a `choice` offers.'), minItems: 1 },
  min: { type: 'integer', description: 'The least number, or the least count of characters.' },
  max: { type: 'integer', description: 'The greatest number, or the greatest count of characters.' },
  pattern: text('A regular expression that the text must match.'),
  pattern_means: text('What `pattern` wants, in words that go on after "must be": `six digits`.'),
});

const secret = (step: object) =>
  closed(['generate'], {
    ...secretDetailSchemas,
    title: text('What it is for.'),
    keeps: keepsSchema,
    rotate: {
      type: 'array',
      items: step,
      description:
        'How a running system is told of a new value: `fairlead secrets rotate`. Here `secrets.name` is the new one, `previous.name` the one before. What the recipe’s own steps write and start anew follows from them; an empty list says that this is enough. Without it, the secret can not be rotated.',
    },
  });

const requires = closed([], {
  arch: oneOrMore(
    { type: 'string', minLength: 1 },
    'Processor architectures that it runs on, as `uname -m` names them: `x86_64`, `aarch64`.',
  ),
  memory: size('Memory of the host.'),
  disk: size('Space free for data.'),
  ports: listOf(
    { anyOf: [{ type: 'integer', minimum: 1, maximum: 65535 }, { $ref: EXPRESSION_REF }] },
    'TCP ports that nothing else may listen on.',
  ),
});

function size(description: string) {
  return {
    anyOf: [
      { type: 'integer', minimum: 1 },
      { type: 'string', pattern: SIZE_PATTERN },
    ],
    description: `${description} MiB, or a size such as \`2 GiB\`.`,
  };
}

const retry = closed(['times'], {
  times: { type: 'integer', minimum: 1, maximum: 100, description: 'How often to try again.' },
  delay: duration('How long to wait before that; default `5s`.'),
});

function step(uses: object, branches: readonly object[]) {
  return {
    ...closed(['id', 'title', 'uses'], {
      id: name('How expressions and other steps name it.'),
      title: text('What it does, as a plan and a run show it.'),
      uses,
      with: { type: 'object', description: "The step type's params." },
      when: {
        type: ['string', 'boolean'],
        description: 'An expression, with or without `${{ }}`; where it is false the step is skipped.',
      },
      after: oneOrMore(name('An earlier step.'), 'Earlier steps: when one of them changes something, this step acts again.'),
      timeout: duration('How long it may take.'),
      retry: { ...retry, description: 'Tries again after a failure that may pass.' },
      tags: listOf({ type: 'string', pattern: HYPHEN_NAME_PATTERN }, 'Names for `--only`.'),
      host: {
        type: 'string',
        pattern: HYPHEN_NAME_PATTERN,
        description: 'The role of the host that it acts on; default `local`.',
      },
      sensitive: { type: 'boolean', description: 'Its outputs are secrets.' },
      was: name('The id that this step had in an earlier version.'),
      explain: text('Markdown shown to the operator: why, and what the article says.'),
      danger: {
        type: ['boolean', 'string'],
        description: 'Asks for a typed word first: `true` for the name of the deployment, or the word.',
      },
    }),
    ...(branches.length > 0 && { allOf: branches }),
  };
}

function having(...keys: readonly string[]) {
  return { type: 'object', properties: Object.fromEntries(keys.map((key) => [key, true])), required: keys };
}

function taskOf(steps: object) {
  return {
    ...closed(['title'], {
      title: text('What the task does.'),
      explain: text('Markdown shown to the operator.'),
      inputs: named(NAME_PATTERN, input, 'What this task asks for besides; known to its own steps only.'),
      steps: { type: 'array', minItems: 1, items: steps, description: 'What it does. Either this or `changes`.' },
      changes: {
        ...listOf(name('An input of the recipe.'), ''),
        minItems: 1,
        description: 'Inputs of the recipe: the task takes new values of these, and does the recipe with them.',
      },
      finish: text('Markdown with expressions, shown at the end.'),
    }),
    anyOf: ['steps', 'changes'].map((key) => having(key)),
    not: { anyOf: ['steps', 'inputs', 'finish'].map((key) => having('changes', key)) },
  };
}

function recipe(steps: object, task: object, $defs: object) {
  return {
    ...closed(['recipe', 'version', 'title', 'steps'], {
      recipe: { type: 'string', pattern: HYPHEN_NAME_PATTERN, description: "The recipe's name: its folder's name." },
      version: { type: 'string', pattern: VERSION_PATTERN, description: 'Semantic version, in quotes.' },
      title: text('What it installs, in a few words.'),
      summary: text('One or two sentences about it.'),
      source: text('The article or manual that it follows.'),
      requires: { ...requires, description: 'What the host must offer; checked in the plan.' },
      needs: listOf({ type: 'string', pattern: HYPHEN_NAME_PATTERN }, 'Recipes that must be installed on the same host before.'),
      inputs: named(NAME_PATTERN, input, 'What the operator is asked for: `${{ inputs.name }}`.'),
      secrets: named(NAME_PATTERN, secret(steps), 'What is generated once and kept in the vault: `${{ secrets.name }}`.'),
      steps: { type: 'array', minItems: 1, items: steps, description: 'What is done, in this order.' },
      tasks: named(HYPHEN_NAME_PATTERN, task, 'Operations of the days after: `fairlead task DEPLOYMENT NAME`.'),
      finish: text('Markdown with expressions, shown at the end: addresses, first login, what to do next.'),
    }),
    $defs,
  };
}

/** The schema of a recipe without its steps' params: these are checked with `paramsSchema`, by `uses`. */
export function envelopeSchema(): object {
  const any = step({ type: 'string', minLength: 1 }, []);
  return recipe(STEP, taskOf(STEP), { expression: expressionSchema, step: any });
}

/** The schema of what stands under a step's `with`, as its author writes it. */
export function paramsSchema(type: AnyStepType): object {
  return { ...authoringSchema(type.schema), $defs: { expression: expressionSchema } };
}

/** Has this step type params that must be given? */
export function requiresParams(type: AnyStepType): boolean {
  return ((type.schema as { required?: readonly string[] }).required?.length ?? 0) > 0;
}

/**
 * The JSON Schema (draft 7) of a `recipe.yaml`, for editors: which params a step takes follows from its `uses`.
 * It is put together from the very schemas that `fairlead lint` checks with.
 */
export function recipeSchema(types: StepTypes): object {
  const sorted = [...types.values()].sort((a, b) => a.name.localeCompare(b.name, 'en'));
  const uses = {
    description: 'The type of step.',
    oneOf: sorted.map((type) => ({ const: type.name, description: type.summary })),
  };
  const branches = sorted.map((type) => ({
    if: { required: ['uses'], properties: { uses: { const: type.name } } },
    // biome-ignore lint/suspicious/noThenProperty: `then` is a keyword of JSON Schema
    then: { ...(requiresParams(type) && { required: ['with'] }), properties: { with: { $ref: `#/$defs/${type.name}` } } },
  }));
  const params = Object.fromEntries(
    sorted.map((type) => [type.name, { ...authoringSchema(type.schema), description: type.summary }]),
  );
  const steps = orFile(STEP, 'steps/name.yaml');
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'A fairlead recipe',
    ...recipe(steps, orFile({ $ref: '#/$defs/task' }, 'tasks/name.yaml'), {
      expression: expressionSchema,
      step: step(uses, branches),
      task: taskOf(steps),
      ...params,
    }),
  };
}

function orFile(part: object, example: string): object {
  return { anyOf: [part, text(`The file that holds it, in the folder of the recipe: \`${example}\`.`)] };
}

/** The JSON Schema of a part that stands in a file of its own, beside that of a recipe (`recipe.schema.json`). */
export function partSchema(part: 'step' | 'task'): object {
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: `A ${part} of a fairlead recipe`,
    $ref: `recipe.schema.json#/$defs/${part}`,
  };
}
