/** A step's name within its recipe, written by the recipe's author: `[a-z][a-z0-9_]*`. */
export type StepId = string & { readonly __brand: 'StepId' };
