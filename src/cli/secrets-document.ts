import type { Json } from '../model/json.ts';
import type { KnownSecret } from './known-secrets.ts';

/** What `fairlead secrets list --json` prints: meets `secretsSchema`; never a value. */
export function secretsDocument(deployment: string, secrets: readonly KnownSecret[]): Json {
  return {
    v: 1,
    deployment,
    secrets: secrets.map(({ spec, title, input, step, ...rest }) => ({
      name: rest.name,
      kind: rest.kind,
      ...(title === undefined ? {} : { title }),
      ...(spec === undefined ? {} : { generate: spec.generate }),
      ...(spec?.bytes === undefined ? {} : { bytes: spec.bytes }),
      ...(spec?.length === undefined ? {} : { length: spec.length }),
      ...(spec?.of === undefined ? {} : { of: spec.of }),
      ...(input === undefined ? {} : { input }),
      ...(step === undefined ? {} : { step }),
      usedBy: rest.usedBy,
      usedByTasks: rest.usedByTasks,
      canRotate: rest.canRotate,
      made: rest.made,
      staged: rest.staged,
      previous: rest.previous,
    })),
  };
}

/** The published JSON Schema of the secrets of a deployment; additive only. */
export function secretsSchema(): object {
  const string = (description: string) => ({ type: 'string', description });
  const boolean = (description: string) => ({ type: 'boolean', description });
  const names = (description: string) => ({ type: 'array', items: { type: 'string' }, description });
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    $id: 'urn:fairlead:secrets:1',
    title: 'The secrets of a deployment',
    description: 'What `fairlead secrets list --json` prints: never a value.',
    type: 'object',
    required: ['v', 'deployment', 'secrets'],
    properties: {
      v: { const: 1 },
      deployment: { type: 'string' },
      secrets: {
        type: 'array',
        items: {
          type: 'object',
          required: ['name', 'kind', 'usedBy', 'usedByTasks', 'canRotate', 'made', 'staged', 'previous'],
          properties: {
            name: string('Its name in the vault: `secrets get` takes it.'),
            kind: {
              enum: ['generated', 'input', 'output', 'unused', 'unknown'],
              description:
                'Made by the recipe, given by the operator, found by a step, no more of use to the recipe; unknown where no recipe is left.',
            },
            title: string('What it is for, or the title of its input or of the step that found it.'),
            generate: string('How it is made.'),
            bytes: { type: 'integer', description: 'Random bytes of it.' },
            length: { type: 'integer', description: 'Its characters.' },
            of: string('The secret that it is made of.'),
            input: string('The input whose value it is, or was.'),
            step: string('The step that found it.'),
            usedBy: names('Steps of the recipe that mention it.'),
            usedByTasks: names('Tasks that mention it.'),
            canRotate: boolean('Does the recipe say how it is changed in a running system? Then `secrets rotate` takes it.'),
            made: boolean('Is a value in force?'),
            staged: boolean('Is a new value there that is to take its place?'),
            previous: boolean('Is the value before it kept?'),
          },
        },
      },
    },
  };
}
