import Type, { type Static, type TSchema } from 'typebox';
import { type EventMap, type EventType, eventFields } from '../model/events.ts';
import type { Json } from '../model/json.ts';
import type { KeptData } from '../model/kept-data.ts';
import type { SecretRef } from '../model/secrets.ts';
import { question } from './question-schema.ts';
import { carried, change, failure, json, list, oneOf, stepId, text } from './schema-words.ts';

const outcome = oneOf(['ok', 'changed', 'skipped', 'failed', 'unreachable'], "Ansible's recap words.");
const attempt = Type.Integer({ minimum: 1, description: 'Counted from 1 within the run.' });
const fairlead = text("fairlead's version.");
const step = Type.Object({ id: stepId, title: Type.String(), uses: text("The step type's name: `host.file`.") });

const ofKeptData = {
  secret: text("The secret's name."),
  rotates: Type.Optional(Type.Literal(true, { description: 'The recipe knows how to tell the running system of a new value.' })),
};
const keptData = Type.Unsafe<KeptData>(
  Type.Union([
    Type.Object({ ...ofKeptData, path: text('A file or folder.') }),
    Type.Object({ ...ofKeptData, volume: text('A Docker volume.') }),
  ]),
);

/** The fields of every event, besides those that all lines have. */
export const eventSchemas = {
  'run.started': Type.Object(
    {
      run: text("The run's id: `20261122T195530Z-1f3a`."),
      kind: oneOf(
        ['converge', 'task', 'uninstall', 'orphans', 'rotate'],
        'What the run does: bring the deployment to what the recipe says, a day-2 task, remove what fairlead made, or what steps made that the recipe has no more, put a new value of a secret in force.',
      ),
      deployment: text('The name under which the recipe is installed.'),
      vault: Type.Optional(text("The file of the deployment's vault.")),
      recipe: Type.Object(
        {
          name: Type.String(),
          version: Type.String(),
          title: Type.String(),
          digest: text("SHA-256 over all of the recipe's files."),
        },
        { description: 'The recipe as it was; a copy lies beside the journal.' },
      ),
      fairlead,
      inputs: Type.Record(Type.String(), Type.Unsafe<Json | SecretRef>(json('')), {
        description: 'By name. A secret input is `{"$secret": name}`: its value is in the vault.',
      }),
      options: Type.Object(
        {
          only: list(Type.String(), 'Only these steps.'),
          from: Type.Optional(text('From this step on.')),
          until: Type.Optional(text('Up to and including this step.')),
          onFailure: oneOf(['stop', 'skip', 'retry'], 'What to do with a step that fails, where nobody is asked.'),
          task: Type.Optional(text("The task's name, in a run of kind `task`.")),
          rotate: Type.Optional(text("The secret's name, in a run of kind `rotate`.")),
        },
        { description: 'Options of the command line that outlive the process.' },
      ),
      hosts: Type.Record(Type.String(), Type.String(), { description: "By role: the machine's id." }),
      who: Type.Object(
        {
          user: text('The login name of the process.'),
          sudoUser: Type.Optional(text('Who called sudo.')),
          sshClient: Type.Optional(text("The SSH client's address.")),
        },
        { description: 'Who started the run.' },
      ),
      steps: list(step, 'All steps, in order.'),
      carried: Type.Record(Type.String(), carried, {
        description: 'By step: what the last run of this deployment that finished it left behind.',
      }),
      made: list(Type.String(), '`<step type> <target>` of all that fairlead made in this deployment before this run.'),
      changedInputs: Type.Optional(list(Type.String(), "Inputs whose values differ from those of the deployment's run before.")),
      orphans: Type.Optional(
        list(
          Type.Object({
            step: stepId,
            run: text('The run that finished it last.'),
            sharedWith: Type.Optional(stepId),
          }),
          'Steps of earlier runs that the recipe does not have any more.',
        ),
      ),
      untold: Type.Optional(
        list(
          Type.Object({ secret: Type.String(), steps: list(stepId) }),
          'Secrets of whose new value earlier runs have not told the system to the end, and the steps here that do.',
        ),
      ),
      rotates: Type.Optional(list(Type.String(), 'The secrets that get a new value.')),
    },
    { description: 'A run began. Always the first line, and only there.' },
  ),
  'run.resumed': Type.Object(
    {
      pid: Type.Integer({ description: 'The process that goes on with the run.' }),
      fairlead,
      inputs: Type.Optional(
        Type.Record(Type.String(), Type.Unsafe<Json | SecretRef>(json('')), {
          description: 'All inputs from now on, where others were given than before.',
        }),
      ),
      changedInputs: Type.Optional(list(Type.String(), 'Those of them that differ.')),
      from: Type.Optional(stepId),
      redo: Type.Optional(list(stepId, 'Finished steps that are to be done again because of that.')),
    },
    { description: 'Another process went on with the run.' },
  ),
  'plan.forecast': Type.Object(
    {
      forecast: list(
        Type.Object({
          step: stepId,
          changes: list(change),
          waitsFor: Type.Optional(stepId),
          skipped: Type.Optional(Type.Literal(true, { description: 'Its `when` does not hold.' })),
          drift: Type.Optional(
            Type.Literal(true, { description: 'What it manages was edited by hand: it will be asked about.' }),
          ),
          kept: Type.Optional(list(Type.String(), 'The parts of a file whose hand edit is kept.')),
          invalidatedBy: Type.Optional(
            list(Type.String(), 'Why what it did no longer counts: `input:<name>`, `step:<id>`, `recipe`, `from`.'),
          ),
          adopts: Type.Optional(list(keptData, 'Data that secrets keep which this step is the first to use: it is asked about.')),
          notes: Type.Optional(list(Type.String())),
        }),
        'By step, in order.',
      ),
    },
    { description: 'What the run would change, as it looked then.' },
  ),
  'question.asked': Type.Object({ question }, { description: 'A person is asked.' }),
  'question.answered': Type.Object(
    {
      id: text("The question's id."),
      answer: json('As the question takes it.'),
      by: oneOf(['operator', 'option', 'policy'], 'Who answered: a person, an option of the command line, a policy.'),
    },
    { description: 'A question was answered.' },
  ),
  'secret.generated': Type.Object(
    {
      name: text('Its name in the vault.'),
      fingerprint: text('Keyed: equal values have equal fingerprints.'),
      rotates: Type.Optional(
        Type.Object(
          { steps: list(step, 'From now on steps of the run.'), before: Type.Optional(stepId) },
          {
            description:
              'It was made although data is there that has another value: these steps tell the system of it, in front of the step `before`, else at the end.',
          },
        ),
      ),
    },
    { description: 'A secret was made, and is in the vault.' },
  ),
  'secret.staged': Type.Object(
    {
      fingerprints: Type.Record(Type.String(), Type.String(), {
        description: 'By name: keyed, equal values have equal fingerprints.',
      }),
    },
    { description: 'New values of secrets are in the vault, beside those in force.' },
  ),
  'secret.committed': Type.Object(
    { names: list(Type.String(), 'The secrets.') },
    { description: 'The staged values are in force; those before them are kept as the previous ones.' },
  ),
  'secret.withdrawn': Type.Object(
    { names: list(Type.String(), 'The secrets.') },
    { description: 'The staged values are given up: what was told of them is told the old ones again.' },
  ),
  'step.started': Type.Object({ step: stepId, attempt }, { description: 'A step began: it looks at the world.' }),
  'step.intended': Type.Object(
    {
      step: stepId,
      attempt,
      changes: list(change),
      paramsDigest: Type.Optional(text('Of the params that it is about to act with.')),
    },
    { description: 'A step is about to change this. Without a `step.finished` after it, whether it did is in doubt.' },
  ),
  'step.finished': Type.Object(
    {
      step: stepId,
      attempt,
      outcome,
      carried: Type.Optional(carried),
      failure: Type.Optional(failure),
      outdated: Type.Optional(
        Type.Literal(true, { description: 'It acted, but with other params than are wanted by now: it is still to be done.' }),
      ),
      notes: Type.Optional(list(Type.String())),
      made: Type.Optional(list(Type.String(), '`<step type> <target>` that came into being by this step.')),
      unmade: Type.Optional(list(Type.String(), '`<step type> <target>` that went by this step.')),
    },
    { description: 'A step ended.' },
  ),
  'run.stopped': Type.Object(
    { reason: oneOf(['failed', 'operator-needed', 'interrupted', 'unreachable'], 'Why.') },
    { description: 'The run stopped; it can be resumed.' },
  ),
  'run.finished': Type.Object(
    {
      outcome: oneOf(['ok', 'abandoned'], 'How.'),
      finish: Type.Optional(text("The recipe's closing words (Markdown), filled in.")),
    },
    { description: 'The run is over; it can not be resumed.' },
  ),
} as const satisfies Record<EventType, TSchema>;

const hex64 = '^[0-9a-f]{64}$';

/** The JSON Schema (draft 2020-12) of one line of a journal. Readers ignore fields that they don't know. */
export function journalSchema(): object {
  const lines = (Object.keys(eventFields) as EventType[]).map((type) => {
    const { description, required = [], properties } = eventSchemas[type] as unknown as ObjectSchema;
    return {
      type: 'object',
      title: type,
      description,
      required: ['v', 'seq', 'at', 'type', ...required, 'prev', 'sum'],
      properties: {
        v: { const: 1, description: 'Version of the line.' },
        seq: { type: 'integer', minimum: 1, description: 'Counted from 1, without gaps.' },
        at: {
          type: 'string',
          pattern: '^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}\\.\\d{3}Z$',
          description: 'When: ISO 8601, UTC, milliseconds. Never before the line before.',
        },
        type: { const: type },
        ...properties,
        prev: { type: 'string', pattern: hex64, description: "The line before's `sum`; 64 zeros on the first line." },
        sum: {
          type: 'string',
          pattern: hex64,
          description: 'SHA-256 (hex) over `prev` and then this line without its last field, both as bytes.',
        },
      },
    };
  });
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: 'urn:fairlead:journal-line:1',
    title: "One line of a fairlead run's journal",
    description:
      'A journal is NDJSON: a file of such lines, each ended by a newline, appended and never changed. The same lines are what `--json` prints. New fields may be added; a field never changes its meaning within a version.',
    oneOf: lines,
  };
}

interface ObjectSchema {
  readonly description: string;
  readonly required?: readonly string[];
  readonly properties: Readonly<Record<string, object>>;
}

/** Every field there, at every depth: so that one which only one side has can't hide behind its question mark. */
type Whole<T> = [Json] extends [T] ? T : WholeParts<T>;
type WholeParts<T> = T extends string | number | boolean | null
  ? T
  : T extends readonly (infer Item)[]
    ? readonly Whole<Item>[]
    : { [K in keyof T]-?: Whole<T[K]> };
type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;
type SameKeys<A, B> = Same<keyof A, keyof B>;
type Agrees<K extends EventType> = [
  Same<Static<(typeof eventSchemas)[K]>, EventMap[K]>,
  Same<Whole<Static<(typeof eventSchemas)[K]>>, Whole<EventMap[K]>>,
  SameKeys<Static<(typeof eventSchemas)[K]>, EventMap[K]>,
];

/** Does not compile unless the schema and the model say the same of every event, both ways. */
export const schemaAgreesWithModel: { readonly [K in EventType]: Agrees<K> } = {
  'run.started': [true, true, true],
  'run.resumed': [true, true, true],
  'plan.forecast': [true, true, true],
  'question.asked': [true, true, true],
  'question.answered': [true, true, true],
  'secret.generated': [true, true, true],
  'secret.staged': [true, true, true],
  'secret.committed': [true, true, true],
  'secret.withdrawn': [true, true, true],
  'step.started': [true, true, true],
  'step.intended': [true, true, true],
  'step.finished': [true, true, true],
  'run.stopped': [true, true, true],
  'run.finished': [true, true, true],
};
