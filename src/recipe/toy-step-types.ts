import Type from 'typebox';
import { DURATION_PATTERN } from '../model/duration.ts';
import type { Text } from '../model/secrets.ts';
import type { AnyStepType, StepTypes } from '../model/step.ts';

function toy(name: string, schema: object, more: Partial<AnyStepType> = {}): AnyStepType {
  return {
    name,
    summary: 'A toy.',
    schema,
    needs: () => [],
    whenInDoubt: () => 'read-again',
    read: async () => undefined,
    diff: () => [],
    ...more,
  };
}

const file = toy(
  'toy.file',
  Type.Object(
    {
      path: Type.String({ pattern: '^/', description: 'Where it lies.' }),
      content: Type.Optional(Type.Unsafe<Text>({ fairlead: 'text' })),
      template: Type.Optional(Type.Unsafe<Text>({ fairlead: 'template' })),
      copy: Type.Optional(Type.Unsafe<object>({ fairlead: 'recipe-file' })),
      port: Type.Optional(Type.Integer({ minimum: 1, maximum: 65535 })),
      wait: Type.Optional(Type.String({ pattern: DURATION_PATTERN })),
      ensure: Type.Optional(Type.Union([Type.Literal('present'), Type.Literal('absent')])),
      owners: Type.Optional(Type.Array(Type.String())),
      env: Type.Optional(Type.Record(Type.String(), Type.Unsafe<Text>({ fairlead: 'text' }))),
      shape: Type.Optional(
        Type.Union([
          Type.Object({ kind: Type.Literal('round'), radius: Type.Number() }, { additionalProperties: false }),
          Type.Object({ kind: Type.Literal('flat'), width: Type.Number() }, { additionalProperties: false }),
        ]),
      ),
      anything: Type.Optional(Type.Unknown()),
    },
    { additionalProperties: false },
  ),
  { outputs: { size: 'How large it is.' } },
);

const capture = toy('toy.capture', Type.Object({ pattern: Type.String() }, { additionalProperties: false }), {
  outputNames: ({ pattern }) => [...String(pattern).matchAll(/\(\?<(\w+)>/g)].map(([, name]) => String(name)),
});

/** Two step types for the tests of this folder: many kinds of params, and outputs that params name. */
export const toyTypes: StepTypes = new Map([file, capture].map((type) => [type.name, type]));
