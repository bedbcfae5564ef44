/**
 * The floors of the house as data: which folder of `src` may know which. `check-floors.mjs` turns them into rules.
 *
 * A floor imports lower floors only, and folders on one floor do not know each other. Type-only imports count: what a file
 * must know to be read and compiled is knowledge too.
 */

/** Every folder of `src`, and the other folders of `src` that it may import from. */
export const FLOORS = {
  model: [],
  recipe: ['model'],
  journal: ['model'],
  steps: ['model'],
  adapters: ['model'],
  engine: ['model', 'recipe', 'journal'],
  console: ['model', 'recipe', 'journal'],
  views: ['model'],
  cli: ['model', 'recipe', 'journal', 'steps', 'adapters', 'engine', 'console', 'views'],
  testing: ['model', 'recipe', 'journal', 'steps', 'adapters', 'engine', 'console', 'views', 'cli'],
};

/** Folders whose subfolders do not know each other, with the subfolder that all of them may share. */
export const SEPARATE = { steps: ['lib'], adapters: ['lib'], views: ['lib'] };

/** The folders that import neither Node nor a package. */
export const PURE = ['model'];

/** The folder which only tests, and its own files, import. */
export const TESTING = 'testing';
