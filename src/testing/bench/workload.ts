/** One cheap step, as every contender is told to do it. Paths are absolute; owners are login names. */
export type Task =
  | { readonly kind: 'group'; readonly id: string; readonly name: string }
  | { readonly kind: 'user'; readonly id: string; readonly name: string; readonly group: string }
  | { readonly kind: 'directory'; readonly id: string; readonly path: string; readonly mode: string; readonly owner: Owner }
  /** `template` names one of the workload's templates; `name` and `port` are what it is filled in with. */
  | {
      readonly kind: 'file';
      readonly id: string;
      readonly path: string;
      readonly template: string;
      readonly mode: string;
      readonly owner: Owner;
    }
  /** The first key of a file makes it, with this mode; the others leave owner and mode alone. */
  | {
      readonly kind: 'key';
      readonly id: string;
      readonly path: string;
      readonly key: string;
      readonly value: string;
      readonly mode?: string;
    }
  /** A line in a file that is there; with `match` (a regular expression of grep -E) it replaces the line that matches. */
  | { readonly kind: 'line'; readonly id: string; readonly path: string; readonly line: string; readonly match?: string }
  | { readonly kind: 'tree'; readonly id: string; readonly path: string; readonly owner: Owner };

/** A login name and its group. */
export interface Owner {
  readonly user: string;
  readonly group: string;
}

/** How many steps of each kind a unit has. */
export interface Counts {
  readonly directories: number;
  readonly files: number;
  readonly keys: number;
  readonly lines: number;
  readonly trees: number;
  readonly filesInTree: number;
}

/** A workload: what all contenders do, and what lies there before they begin. */
export interface Workload {
  readonly name: string;
  /** The target folder; everything but accounts lies in it. */
  readonly target: string;
  /** What templates are filled in with. */
  readonly values: { readonly name: string; readonly port: string };
  readonly tasks: readonly Task[];
  /** Template name → its text, with `@name@` and `@port@` where values go. */
  readonly templates: ReadonlyMap<string, string>;
  /** Folders and files (path → text) that are there before, owned by root: 0755 and 0644. */
  readonly before: { readonly folders: readonly string[]; readonly files: ReadonlyMap<string, string> };
  /** All accounts that it makes. */
  readonly users: readonly string[];
  readonly groups: readonly string[];
}

/** A unit of W1: 100 steps with its one user and one group. */
const UNIT: Counts = { directories: 20, files: 40, keys: 20, lines: 10, trees: 8, filesInTree: 50 };

/** How many units a named workload has. */
export const UNITS = { W1: 1, W2: 10 } as const;

/** The name of a workload. */
export type WorkloadName = keyof typeof UNITS;

/**
 * Makes a workload of `units` units, each with a user and a group of its own.
 * @param prefix begins the names of all accounts; at most 20 characters of [a-z0-9-].
 * @param scale shrinks each unit (1: as W1 says); of every kind at least one step is left.
 */
export function makeWorkload(name: WorkloadName, target: string, prefix: string, scale = 1): Workload {
  const counts = scaled(UNIT, scale);
  const units = Array.from({ length: UNITS[name] }, (_, index) => unitOf(index + 1, target, prefix, counts));
  return {
    name,
    target,
    values: { name: 'bench', port: '8443' },
    tasks: units.flatMap((unit) => unit.tasks),
    templates: new Map(numbers(counts.files).map((number) => [`t${number}.conf`, templateText(number)])),
    before: {
      folders: [target, ...units.flatMap((unit) => unit.folders)],
      files: new Map(units.flatMap((unit) => unit.files)),
    },
    users: units.map((unit) => unit.owner.user),
    groups: units.map((unit) => unit.owner.group),
  };
}

/** A template filled in: what every contender must write. */
export function filledIn(workload: Workload, template: string): string {
  const { name, port } = workload.values;
  return (workload.templates.get(template) ?? '').replaceAll('@name@', name).replaceAll('@port@', port);
}

function scaled(counts: Counts, scale: number): Counts {
  const shrink = (count: number): number => Math.max(1, Math.round(count * scale));
  return {
    directories: shrink(counts.directories),
    files: shrink(counts.files),
    keys: shrink(counts.keys),
    lines: shrink(counts.lines),
    trees: shrink(counts.trees),
    filesInTree: shrink(counts.filesInTree),
  };
}

interface Unit {
  readonly owner: Owner;
  readonly tasks: readonly Task[];
  readonly folders: readonly string[];
  readonly files: readonly (readonly [string, string])[];
}

function unitOf(unit: number, target: string, prefix: string, counts: Counts): Unit {
  const root = `${target}/unit${unit}`;
  const id = (kind: string, number: number): string => `u${unit}_${kind}_${number}`;
  const owner: Owner = { user: `${prefix}-u${unit}`, group: `${prefix}-g${unit}` };
  const folderOf = (number: number): string => `${root}/dir${((number - 1) % counts.directories) + 1}`;
  const trees = numbers(counts.trees).map((number) => `${root}/tree${number}`);
  const tasks: Task[] = [
    { kind: 'group', id: id('group', 1), name: owner.group },
    { kind: 'user', id: id('user', 1), name: owner.user, group: owner.group },
    ...numbers(counts.directories).map(
      (number): Task => ({ kind: 'directory', id: id('dir', number), path: folderOf(number), mode: '0750', owner }),
    ),
    ...numbers(counts.files).map(
      (number): Task => ({
        kind: 'file',
        id: id('file', number),
        path: `${folderOf(number)}/file${number}.conf`,
        template: `t${number}.conf`,
        mode: '0640',
        owner,
      }),
    ),
    ...numbers(counts.keys).map(
      (number): Task => ({
        kind: 'key',
        id: id('key', number),
        path: `${root}/.env`,
        key: `SETTING_${number}`,
        value: `value-${unit}-${number}`,
        ...(number === 1 ? { mode: '0640' } : {}),
      }),
    ),
    ...numbers(counts.lines).map((number): Task => lineTask(id('line', number), `${root}/app.conf`, number)),
    ...trees.map((path, index): Task => ({ kind: 'tree', id: id('tree', index + 1), path, owner })),
  ];
  return {
    owner,
    tasks,
    folders: [root, ...trees.flatMap((tree) => [tree, ...numbers(5).map((number) => `${tree}/sub${number}`)])],
    files: [
      [`${root}/app.conf`, `${numbers(40).map(optionLine).join('\n')}\n`],
      ...trees.flatMap((tree) =>
        numbers(counts.filesInTree).map((number): readonly [string, string] => [
          `${tree}/sub${((number - 1) % 5) + 1}/f${number}`,
          `data ${number}\n`,
        ]),
      ),
    ],
  };
}

/** Every second line takes the place of one that is there, commented out. */
function lineTask(id: string, path: string, number: number): Task {
  if (number % 2 === 1) return { kind: 'line', id, path, line: `Added${number} on` };
  return { kind: 'line', id, path, line: `Option${number} tuned`, match: `^#?Option${number} ` };
}

function optionLine(number: number): string {
  return `#Option${number} default`;
}

function templateText(number: number): string {
  return [
    `# File ${number} of @name@`,
    'server:',
    '  host: @name@.example.lan',
    '  port: @port@',
    `  workers: ${number}`,
    'log:',
    '  level: info',
    `  file: /var/log/@name@/${number}.log`,
    '',
  ].join('\n');
}

function numbers(count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => index + 1);
}
