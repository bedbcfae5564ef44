import { drawText, type TextKind } from '../adapters/vault/generate-text.ts';
import { fail } from '../model/failure.ts';
import type { InputSpec } from '../model/recipe.ts';
import { inputFault } from '../recipe/input-value.ts';

/** What a secret may be drawn as, the best first: one that a person may have to type, of a length with chance to spare. */
const DRAWS: readonly (readonly [TextKind, number])[] = [
  ['password', 24],
  ['password', 32],
  ['password', 16],
  ['alphanumeric', 48],
  ['alphanumeric', 64],
  ['password', 12],
  ['hex', 64],
  ['hex', 32],
  ['base64', 44],
  ['uuid', 36],
  ['password', 8],
  ['digits', 12],
  ['digits', 8],
  ['digits', 6],
];

/** A random value that a secret input takes. Throws `input.not-drawn` where what the recipe asks of it is nothing that we draw. */
export function generateInput(spec: InputSpec): string {
  for (const [kind, length] of DRAWS) {
    const text = drawText(kind, { length, bytes: kind === 'hex' ? length / 2 : (length / 4) * 3 });
    if (inputFault(spec, text) === undefined) return text;
  }
  throw fail('input.not-drawn', `fairlead can't draw a value for ${spec.name}: the recipe asks for ${inputFault(spec, '')}.`, {
    hints: ['Type one, or paste one from a password manager.'],
  });
}
