import { closeSync, mkdirSync, openSync, readdirSync, readFileSync, unlinkSync, writeSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { ChildEntry, ChildrenRegister } from '../model/children.ts';
import type { JournalEvent } from '../model/events.ts';
import { fail } from '../model/failure.ts';
import type { StepId } from '../model/step-id.ts';
import { createSparePipes, pipesOf } from './child-pipes.ts';
import { errorCode, notWritable, reasonOf } from './not-writable.ts';
import { bootId, pidNamespace, startTimeOf, uptimeTicks } from './process-identity.ts';

/** Whose child a program is: its run, and its entry in that run's list. */
export const RUN_VARIABLE = 'FAIRLEAD_RUN';
export const ENTRY_VARIABLE = 'FAIRLEAD_SEQ';

/** One program that was started, or was about to be, and has not been struck out. */
export interface ListedChild {
  /** `<seq>-<n>`: the journal's last event when it was started, and a count. */
  readonly name: string;
  readonly run: string;
  readonly step?: StepId;
  /** The program's name, without arguments. */
  readonly program: string;
  /** ISO 8601: when the entry was written. */
  readonly at: string;
  /** The same moment in clock ticks after boot, as the system gives a process's start. */
  readonly ticks: number;
  readonly bootId: string;
  readonly pidNamespace: string;
  /** Missing where the engine died before it had noted it. */
  readonly process?: { readonly pid: number; readonly startTime: string };
  /** The container that it runs in. */
  readonly container?: string;
  /** It sits at a terminal at which only its engine could type. */
  readonly terminal?: true;
  /** The engine's id of it; missing where it was not made, so that nothing runs. */
  readonly exec?: string;
}

/** The list as the engine of a run keeps it. */
export interface ChildrenList extends ChildrenRegister {
  /** An event was appended: what starts from now on is due to it. */
  note(event: JournalEvent): void;
  /** Nothing more will be started: what was made ready for that is removed. */
  tidy(): void;
}

const ENTRY_NAME = /^\d+-\d+$/;

type Opening = Omit<ListedChild, 'name' | 'process' | 'exec'>;

/**
 * The list of a run's children: a file for each in `folder` (0700/0600), which is made with the first entry. A first line
 * is written before the program begins, a second one when its number is known; the file is removed when it has ended.
 * Nothing is flushed to the disk: where the machine dies, its processes do too.
 */
export function createChildrenList(folder: string, run: string): ChildrenList {
  const spares = createSparePipes(folder);
  const place = { bootId: bootId(), pidNamespace: pidNamespace() };
  let seq = 0;
  let step: StepId | undefined;
  let count = 0;

  const enter = (
    argv: readonly string[],
    inside: Pick<Opening, 'container' | 'terminal'> = {},
  ): { entry: ChildEntry; file: string; name: string } => {
    const opening: Opening = {
      run,
      ...(step === undefined ? {} : { step }),
      program: programName(argv),
      at: new Date().toISOString(),
      ticks: uptimeTicks(),
      ...place,
      ...inside,
    };
    try {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      while (true) {
        count += 1;
        const name = `${seq}-${count}`;
        const file = join(folder, name);
        // What an earlier engine of this run left behind keeps its name.
        if (!append(file, opening, 'ax')) continue;
        const environment = { [RUN_VARIABLE]: run, [ENTRY_VARIABLE]: name };
        return { name, file, entry: { environment, ended: () => strikeOut(folder, name) } };
      }
    } catch (error) {
      throw notWritable(folder, error);
    }
  };

  return {
    note(event) {
      seq = event.seq;
      if (event.type === 'step.started') step = event.step;
      else if (event.type === 'step.finished') step = undefined;
    },
    tidy: () => spares.remove(),
    program(argv) {
      const { entry, file } = enter(argv);
      const pipes = spares.take(file);
      return {
        ...entry,
        ...(pipes === undefined ? {} : { pipes }),
        started(pid) {
          const startTime = startTimeOf(pid);
          if (startTime === undefined) return;
          try {
            append(file, { process: { pid, startTime } }, 'a');
          } catch {
            // It runs already, and is still found by its environment.
          }
        },
      };
    },
    exec(container, argv, terminal) {
      const { entry, file } = enter(argv, { container, ...(terminal === undefined ? {} : { terminal }) });
      return {
        ...entry,
        created(id) {
          try {
            append(file, { exec: id }, 'a');
          } catch (error) {
            throw notWritable(file, error);
          }
        },
      };
    },
  };
}

/** All entries, oldest first; none where there is no such folder. Throws `state.unreadable`. */
export function listedChildren(folder: string): readonly ListedChild[] {
  let names: readonly string[];
  try {
    names = readdirSync(folder);
  } catch (cause) {
    if (errorCode(cause) === 'ENOENT') return [];
    throw fail('state.unreadable', `The folder ${folder} can't be read: ${reasonOf(cause)}.`, {
      fault: 'environment',
      hints: ['Run fairlead as the user that owns its state folder.'],
      cause,
    });
  }
  return names
    .filter((name) => ENTRY_NAME.test(name))
    .flatMap((name) => readEntry(folder, name))
    .sort((a, b) => a.ticks - b.ticks || a.name.localeCompare(b.name, 'en', { numeric: true }));
}

/** Takes an entry off the list. Never throws: an entry too many is found to be dead by the next who looks. */
export function strikeOut(folder: string, name: string): void {
  const file = join(folder, name);
  const { stdout, stderr } = pipesOf(file);
  // The entry last: where it is gone nobody looks for the pipes.
  for (const path of [stdout, stderr, file]) {
    try {
      unlinkSync(path);
    } catch {
      // Gone already, or it can't be: both are told above.
    }
  }
}

/** One write, so that a reader sees whole lines only; false where `ax` finds a file of that name. */
function append(file: string, line: object, flag: 'ax' | 'a'): boolean {
  let fd: number;
  try {
    fd = openSync(file, flag, 0o600);
  } catch (error) {
    if (flag === 'ax' && errorCode(error) === 'EEXIST') return false;
    throw error;
  }
  try {
    const bytes = Buffer.from(`${JSON.stringify(line)}\n`);
    // On a full disk the first write may come short without an error; the next one tells.
    for (let written = 0; written < bytes.length; ) written += writeSync(fd, bytes, written);
    return true;
  } finally {
    closeSync(fd);
  }
}

/** Nothing for a file that was struck out just now, or whose first line was never written: its program did not begin. */
function readEntry(folder: string, name: string): readonly ListedChild[] {
  let text: string;
  try {
    text = readFileSync(join(folder, name), 'utf8');
  } catch {
    return [];
  }
  const lines = text.split('\n').slice(0, -1).map(parsed);
  const opening = lines[0];
  if (opening === undefined || typeof opening.run !== 'string') return [];
  return [{ ...Object.assign({}, ...lines), name } as ListedChild];
}

function parsed(line: string): Partial<ListedChild> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

/** A script of ours is known by its own name, not by that of the Node that runs it. */
function programName([program = '', script = '']: readonly string[]): string {
  return program === process.execPath ? basename(script).replace(/\.[cm]?js$/, '') : basename(program);
}
