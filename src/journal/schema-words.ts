import Type, { type Static, type TSchema } from 'typebox';
import type { Json } from '../model/json.ts';
import type { Outputs } from '../model/step.ts';
import type { StepId } from '../model/step-id.ts';

/** A string. */
export function text(description: string) {
  return Type.String({ description });
}

/** Any JSON value. */
export function json(description: string) {
  return Type.Unsafe<Json>(description === '' ? {} : { description });
}

/** A list that nobody changes. */
export function list<Item extends TSchema>(item: Item, description?: string) {
  return Type.Unsafe<readonly Static<Item>[]>(Type.Array(item, description === undefined ? {} : { description }));
}

/** One of these words. */
export function oneOf<const Words extends readonly string[]>(words: Words, description: string) {
  return Type.Unsafe<Words[number]>({ type: 'string', enum: words, description });
}

/** A step's name within its recipe. */
export const stepId = Type.Unsafe<StepId>({ type: 'string', description: "The step's id in the recipe." });

/** One difference between wanted and current. */
export const change = Type.Object(
  {
    action: oneOf(
      ['create', 'update', 'delete', 'run', 'check', 'read'],
      '`check`: a condition that a run waits for. `read`: a program that is asked, and changes nothing.',
    ),
    target: text("What is changed: a path, a user's name, a container."),
    property: Type.Optional(text("The property that differs, where it isn't the whole: `mode`.")),
    before: Type.Optional(json('What it is.')),
    after: Type.Optional(json('What it will be.')),
    diff: Type.Optional(text('Unified diff of a text, without file header and without secrets.')),
    secret: Type.Optional(Type.Literal(true, { description: 'The difference is (also) in a secret, which is not shown.' })),
    because: Type.Optional(list(stepId, 'The steps whose results make this one act again.')),
  },
  { description: 'One difference between wanted and current.' },
);

/** What a step leaves for its next time. */
export const carried = Type.Object(
  {
    run: text('The run that finished the step.'),
    paramsDigest: text('Of its params, with secrets as keyed fingerprints.'),
    resultDigest: text('Differs whenever the step changed something.'),
    outputs: Type.Unsafe<Outputs>({
      type: 'object',
      description: 'By name. A sensitive one is `{"$secret": name}`: its value is in the vault.',
    }),
    saw: Type.Record(Type.String(), Type.String(), {
      description: 'For each step that this one acts after: the result digest that it saw.',
    }),
    left: Type.Optional(
      Type.Record(Type.String(), Type.String(), {
        description: 'By part of a file that the step manages: keyed fingerprint of its text, as fairlead left it.',
      }),
    ),
    kept: Type.Optional(
      Type.Record(Type.String(), Type.String(), { description: 'The same of a hand edit that the operator chose to keep.' }),
    ),
  },
  { description: 'What the step leaves for its next time, in this run or a later one.' },
);

/** What went wrong, and what to try. */
export const failure = Type.Object(
  {
    code: text('Dotted and stable: `host.unreachable`.'),
    fault: oneOf(['operator', 'environment', 'bug'], 'Who must act.'),
    message: text('For people.'),
    hints: list(Type.String(), 'What to try next, most promising first.'),
    retryable: Type.Boolean({ description: 'Can the same act succeed when tried again without a change?' }),
    evidence: Type.Optional(
      Type.Object({
        argv: Type.Optional(list(Type.String(), 'The command, redacted.')),
        exit: Type.Optional(Type.Integer({ description: 'Its exit code.' })),
        tail: list(Type.String(), 'The last lines that it printed, redacted.'),
      }),
    ),
  },
  { description: 'What went wrong, and what to try.' },
);
