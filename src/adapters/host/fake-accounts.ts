import type { Executed } from '../../model/ports.ts';

/** The two files that account programs read and edit, as text. */
export interface AccountFiles {
  passwd: string;
  group: string;
}

/** `/etc/passwd` and `/etc/group` of a small Debian. */
export const initialAccounts: AccountFiles = {
  passwd: [
    'root:x:0:0:root:/root:/bin/bash',
    'daemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin',
    'www-data:x:33:33:www-data:/var/www:/usr/sbin/nologin',
    'nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin',
    '',
  ].join('\n'),
  group: ['root:x:0:', 'daemon:x:1:', 'sudo:x:27:', 'www-data:x:33:', 'users:x:100:', 'nogroup:x:65534:', ''].join('\n'),
};

type Fields = string[];
type Tables = { users: Fields[]; groups: Fields[] };
type Options = { readonly given: ReadonlyMap<string, string>; readonly name: string };

/** Exit codes of the `shadow` programs, from their manual pages. */
const exits = { usage: 2, badArgument: 3, idTaken: 4, missing: 6, primaryGroup: 8, nameTaken: 9 } as const;

/** Thrown inside a program: it ends with this exit code and says this. */
class Exit extends Error {
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

const withValue: Readonly<Record<string, string>> = {
  '--gid': '-g',
  '--uid': '-u',
  '--groups': '-G',
  '--home-dir': '-d',
  '--home': '-d',
  '--shell': '-s',
  '--comment': '-c',
  '--new-name': '-n',
};
const flags: Readonly<Record<string, string>> = {
  '--system': '-r',
  '--user-group': '-U',
  '--no-user-group': '-N',
  '--no-create-home': '-M',
  '--append': '-a',
};

/** The account programs by name; each edits `files` in place only when it succeeds. */
export const accountPrograms: Readonly<
  Record<string, (argv: readonly string[], files: AccountFiles) => Pick<Executed, 'code' | 'stdout' | 'stderr'>>
> = {
  groupadd: editing((options, { groups }) => {
    if (find(groups, options.name)) throw new Exit(exits.nameTaken, `group '${options.name}' already exists`);
    const gid = options.given.get('-g') ?? freeId(groups, options.given.has('-r'));
    if (byId(groups, gid)) throw new Exit(exits.idTaken, `GID '${gid}' already exists`);
    groups.push([options.name, 'x', gid, '']);
  }),
  groupmod: editing((options, tables) => {
    const group = need(tables.groups, options.name, 'group');
    const gid = options.given.get('-g');
    if (gid !== undefined && gid !== group[2]) {
      if (byId(tables.groups, gid)) throw new Exit(exits.idTaken, `GID '${gid}' already exists`);
      for (const user of tables.users) if (user[3] === group[2]) user[3] = gid;
      group[2] = gid;
    }
    const name = options.given.get('-n');
    if (name !== undefined) {
      if (find(tables.groups, name)) throw new Exit(exits.nameTaken, `group '${name}' already exists`);
      group[0] = name;
    }
  }),
  groupdel: editing((options, tables) => {
    const group = need(tables.groups, options.name, 'group');
    const user = tables.users.find((entry) => entry[3] === group[2]);
    if (user) throw new Exit(exits.primaryGroup, `cannot remove the primary group of user '${user[0]}'`);
    tables.groups.splice(tables.groups.indexOf(group), 1);
  }),
  useradd: editing((options, tables) => {
    const { name, given } = options;
    if (find(tables.users, name)) throw new Exit(exits.nameTaken, `user '${name}' already exists`);
    const uid = given.get('-u') ?? freeId(tables.users, given.has('-r'));
    if (byId(tables.users, uid)) throw new Exit(exits.idTaken, `UID ${uid} is not unique`);
    let gid = '100';
    if (given.has('-U')) {
      if (find(tables.groups, name)) throw new Exit(exits.nameTaken, `group ${name} exists - use -g`);
      gid = byId(tables.groups, uid) ? freeId(tables.groups, given.has('-r')) : uid;
      tables.groups.push([name, 'x', gid, '']);
    } else if (given.has('-g')) {
      gid = needGroup(tables, given.get('-g') ?? '')[2] as string;
    }
    joinGroups(tables, name, given);
    tables.users.push([
      name,
      'x',
      uid,
      gid,
      given.get('-c') ?? '',
      given.get('-d') ?? `/home/${name}`,
      given.get('-s') ?? '/bin/sh',
    ]);
  }),
  usermod: editing((options, tables) => {
    const { name, given } = options;
    const user = need(tables.users, name, 'user');
    const uid = given.get('-u');
    if (uid !== undefined && uid !== user[2] && byId(tables.users, uid))
      throw new Exit(exits.idTaken, `UID '${uid}' already exists`);
    user[2] = uid ?? (user[2] as string);
    if (given.has('-g')) user[3] = needGroup(tables, given.get('-g') ?? '')[2] as string;
    if (given.has('-G') && !given.has('-a')) leaveGroups(tables, name);
    joinGroups(tables, name, given);
    user[4] = given.get('-c') ?? (user[4] as string);
    user[5] = given.get('-d') ?? (user[5] as string);
    user[6] = given.get('-s') ?? (user[6] as string);
  }),
  userdel: editing((options, tables) => {
    const user = need(tables.users, options.name, 'user');
    leaveGroups(tables, options.name);
    tables.users.splice(tables.users.indexOf(user), 1);
    const own = find(tables.groups, options.name);
    const used = tables.users.some((entry) => entry[3] === own?.[2]);
    if (own && own[2] === user[3] && own[3] === '' && !used) tables.groups.splice(tables.groups.indexOf(own), 1);
  }),
  getent: (argv, files) => {
    const database = argv[1] === 'passwd' || argv[1] === 'group' ? argv[1] : undefined;
    if (database === undefined) return { code: 1, stdout: '', stderr: `Unknown database: ${argv[1]}` };
    const table = parse(files[database]);
    const keys = argv.slice(2);
    const lines =
      keys.length === 0 ? table : keys.map((key) => find(table, key) ?? byId(table, key)).filter((entry) => entry !== undefined);
    return { code: keys.length > 0 && lines.length < keys.length ? exits.usage : 0, stdout: print(lines), stderr: '' };
  },
};

function editing(edit: (options: Options, tables: Tables) => void) {
  return (argv: readonly string[], files: AccountFiles) => {
    const tables = { users: parse(files.passwd), groups: parse(files.group) };
    try {
      edit(optionsOf(argv), tables);
    } catch (error) {
      if (!(error instanceof Exit)) throw error;
      return { code: error.code, stdout: '', stderr: `${argv[0]}: ${error.message}\n` };
    }
    files.passwd = print(tables.users);
    files.group = print(tables.groups);
    return { code: 0, stdout: '', stderr: '' };
  };
}

function optionsOf(argv: readonly string[]): Options {
  const given = new Map<string, string>();
  const names: string[] = [];
  for (let index = 1; index < argv.length; index++) {
    const word = argv[index] as string;
    const valued = withValue[word] ?? (Object.values(withValue).includes(word) ? word : undefined);
    const flag = flags[word] ?? (Object.values(flags).includes(word) ? word : undefined);
    if (valued !== undefined) {
      index++;
      given.set(valued, argv[index] ?? '');
    } else if (flag !== undefined) {
      given.set(flag, '');
    } else if (word === '--') {
      names.push(...argv.slice(index + 1));
      break;
    } else if (word.startsWith('-')) {
      throw new Exit(exits.usage, `unrecognized option '${word}'`);
    } else {
      names.push(word);
    }
  }
  if (names.length !== 1) throw new Exit(exits.usage, 'Usage: one name');
  if (!/^\d+$/.test(given.get('-u') ?? '0')) throw new Exit(exits.badArgument, `invalid user ID '${given.get('-u')}'`);
  const name = names[0] as string;
  if (!/^[a-z_][a-z0-9_-]*\$?$/i.test(name)) throw new Exit(exits.badArgument, `'${name}' is not a valid name`);
  return { given, name };
}

function joinGroups({ groups }: Tables, user: string, given: Options['given']): void {
  const wanted = (given.get('-G') ?? '').split(',').filter((name) => name !== '');
  for (const name of wanted) {
    const group = needGroup({ users: [], groups }, name);
    const members = (group[3] ?? '').split(',').filter((member) => member !== '');
    if (!members.includes(user)) group[3] = [...members, user].join(',');
  }
}

function leaveGroups({ groups }: Tables, user: string): void {
  for (const group of groups) {
    group[3] = (group[3] ?? '')
      .split(',')
      .filter((member) => member !== '' && member !== user)
      .join(',');
  }
}

function needGroup({ groups }: Tables, nameOrId: string): Fields {
  const group = find(groups, nameOrId) ?? byId(groups, nameOrId);
  if (group === undefined) throw new Exit(exits.missing, `group '${nameOrId}' does not exist`);
  return group;
}

function need(table: Fields[], name: string, what: string): Fields {
  const entry = find(table, name);
  if (entry === undefined) throw new Exit(exits.missing, `${what} '${name}' does not exist`);
  return entry;
}

function find(table: Fields[], name: string): Fields | undefined {
  return table.find((entry) => entry[0] === name);
}

function byId(table: Fields[], id: string): Fields | undefined {
  return table.find((entry) => entry[2] === id);
}

/** System ids count down from 999, others up from 1000, as Debian's `login.defs` has them. */
function freeId(table: Fields[], system: boolean): string {
  const taken = new Set(table.map((entry) => entry[2]));
  let id = system ? 999 : 1000;
  while (taken.has(String(id))) id += system ? -1 : 1;
  return String(id);
}

function parse(text: string): Fields[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.split(':'));
}

function print(table: readonly Fields[]): string {
  return table.map((entry) => `${entry.join(':')}\n`).join('');
}
