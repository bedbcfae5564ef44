/**
 * Checks that no file of `src` imports what its floor must not know: `node src/testing/check-floors.mjs [ROOT]`.
 *
 * ROOT is the folder that holds `src` (default: this checkout). Ends with 0 and one line when all is well; with 1 and one
 * paragraph per forbidden import; with 1 also when fewer modules were seen than `src` has, because a checker that can't read
 * the sources finds nothing wrong with them.
 */
import { readdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cruise } from 'dependency-cruiser';
import { FLOORS, PURE, SEPARATE, TESTING } from './floors.mjs';
import { readOnlyImports } from './swc-imports.mjs';

const TEST_FILE = '\\.test\\.tsx?$';
const DEV_FILE = '(\\.test\\.tsx?|-contract\\.ts|^src/[^/]+)$';
const SOURCE = /\.(ts|tsx|mjs)$/;

const anyOf = (names) => `^src/(${names.join('|')})/`;

/** The imports which each folder may not have: whatever lies in `src` and is neither its own nor on a lower floor. */
const floorRules = Object.entries(FLOORS).map(([folder, lower]) => {
  const allowed = anyOf([folder, ...lower]);
  return {
    name: `floor-of-${folder}`,
    comment:
      lower.length === 0
        ? `${folder} imports nothing outside ${folder}`
        : `${folder} may import from ${lower.join(', ')} and from itself, and from nothing else in src`,
    severity: 'error',
    // A test puts what it tests together with fakes and real things from other rooms; nothing is built on it.
    from: { path: `^src/${folder}/`, pathNot: TEST_FILE },
    // Who imports the testing folder is one rule for all, below.
    to: { path: '^src/', pathNot: [allowed, `^src/${TESTING}/`] },
  };
});

const separateRules = Object.entries(SEPARATE).map(([folder, shared]) => ({
  name: `folders-of-${folder}-stay-apart`,
  comment:
    shared.length === 0
      ? `the folders in ${folder} do not know each other`
      : `the folders in ${folder} do not know each other; what two of them share is in ${folder}/${shared.join(', ')}`,
  severity: 'error',
  from: { path: `^src/${folder}/([^/]+)/`, pathNot: TEST_FILE },
  to: { path: `^src/${folder}/`, pathNot: [`^src/${folder}/$1/`, ...shared.map((name) => `^src/${folder}/${name}/`)] },
}));

const pureRules = PURE.map((folder) => ({
  name: `${folder}-is-pure`,
  comment: `${folder} is pure: it imports neither Node nor a package`,
  severity: 'error',
  from: { path: `^src/${folder}/`, pathNot: TEST_FILE },
  to: { pathNot: '^src/' },
}));

const otherRules = [
  {
    name: 'only-tests-import-testing',
    comment: `only tests and their configuration import from ${TESTING}`,
    severity: 'error',
    from: { path: '^src/', pathNot: [`^src/${TESTING}/`, TEST_FILE, '^src/[^/]+$'] },
    to: { path: `^src/${TESTING}/` },
  },
  {
    name: 'nobody-imports-a-test',
    comment: 'a test file is imported by nobody',
    severity: 'error',
    from: {},
    to: { path: TEST_FILE },
  },
  {
    name: 'no-tools-at-run-time',
    comment: 'packages of devDependencies are for tests and tools; they are not there at run time',
    severity: 'error',
    from: { path: '^src/', pathNot: [`^src/${TESTING}/`, DEV_FILE] },
    to: { dependencyTypes: ['npm-dev'] },
  },
  {
    name: 'no-circles',
    comment: 'imports make no circle',
    severity: 'error',
    from: {},
    to: { circular: true },
  },
  {
    name: 'imports-resolve',
    comment: 'there is no such file or package',
    severity: 'error',
    from: {},
    to: { couldNotResolve: true },
  },
];

/** How one forbidden import reads: where, what, which rule, and the way round when it is a circle. */
const describe = ({ from, to, rule, cycle }, comments) => {
  const way = cycle ? `\n    round: ${[from, ...cycle.map((step) => step.name)].join(' → ')}` : '';
  return `${from} → ${to}\n    ${rule.name}: ${comments.get(rule.name)}${way}`;
};

/** Looks at all of `src` below a folder: how many modules it should have had, how many it saw, and what is wrong in words. */
const checkFloors = async (root) => {
  const sources = readdirSync(resolve(root, 'src'), { recursive: true }).filter((name) => SOURCE.test(name));
  const forbidden = [...floorRules, ...separateRules, ...pureRules, ...otherRules];
  const comments = new Map(forbidden.map(({ name, comment }) => [name, comment]));
  const { output } = await cruise(
    ['src'],
    {
      baseDir: root,
      parser: 'swc', // TypeScript 7 has no interface for programs, so the default parser would see no module at all.
      tsPreCompilationDeps: true,
      doNotFollow: { path: 'node_modules' },
      validate: true,
      ruleSet: { forbidden },
    },
    {
      exportsFields: ['exports'],
      conditionNames: ['import', 'types', 'node', 'default'],
      extensions: ['.ts', '.tsx', '.mjs', '.js', '.json'],
    },
  );
  const seen = new Set(output.modules.map((module) => module.source).filter((name) => name.startsWith('src/')));
  const unseen = sources.filter((name) => !seen.has(`src/${name}`));
  const wrong = output.summary.violations.map((violation) => describe(violation, comments));
  const folders = new Set(sources.filter((name) => name.includes('/')).map((name) => name.split('/')[0]));
  for (const folder of folders)
    if (!(folder in FLOORS)) wrong.push(`src/${folder} is on no floor: say in floors.mjs what it may import`);
  if (unseen.length > 0)
    wrong.push(
      `${unseen.length} of ${sources.length} modules were not seen, so nothing is known about them: ${unseen.slice(0, 5).join(', ')}`,
    );
  return { total: sources.length, wrong };
};

const root = resolve(process.argv[2] ?? fileURLToPath(new URL('../..', import.meta.url)));
readOnlyImports();
const { total, wrong } = await checkFloors(root);
if (total === 0) wrong.push(`no source found in ${root}/src`);
if (wrong.length > 0) process.stderr.write(`${wrong.join('\n\n')}\n\n${wrong.length} found that the floors forbid.\n`);
else process.stdout.write(`floors: ${total} modules, all imports allowed\n`);
process.exitCode = wrong.length > 0 ? 1 : 0;
