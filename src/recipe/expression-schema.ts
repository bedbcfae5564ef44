/** Where the schemas of recipes keep what an expression looks like. */
export const EXPRESSION_REF = '#/$defs/expression';

/** A string with an expression in it: its value is known when its step's turn comes. */
export const expressionSchema = {
  type: 'string',
  pattern: '\\$\\{\\{',
  description: 'An expression: `${{ inputs.name }}`, `${{ secrets.name }}`, `${{ steps.id.output }}`.',
} as const;
