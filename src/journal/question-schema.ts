import Type from 'typebox';
import type { Takes } from '../model/questions.ts';
import { json, list, oneOf, stepId, text } from './schema-words.ts';

const takes = Type.Union([
  Type.Object({ choices: list(Type.String(), 'One of these.') }),
  Type.Object({ word: text('Exactly this word, typed.') }),
  Type.Object({ schema: json('JSON Schema of the answer.') }),
  Type.Object({ secret: text('A secret, which goes to the vault under this name; the answer in the journal is its name.') }),
]);

/** What a person is asked. */
export const question = Type.Object(
  {
    id: text('Carries the sequence number that raised it.'),
    about: oneOf(
      ['plan', 'in-doubt', 'manual', 'danger', 'failure', 'input', 'drift', 'adopt', 'dialog'],
      'What kind of question it is.',
    ),
    step: Type.Optional(stepId),
    attempt: Type.Optional(Type.Integer({ minimum: 1 })),
    data: json('What the operator should see to decide.'),
    takes: Type.Unsafe<Takes>(takes),
    refused: Type.Optional(Type.Literal(true, { description: 'The command line names an answer to it that it does not take.' })),
  },
  { description: 'A question, as data: views find the words.' },
);
