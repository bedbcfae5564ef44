import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EventOf, EventType, JournalEvent } from '../../model/events.ts';
import type { Failure } from '../../model/failure.ts';
import { failureLine } from '../failure-line.ts';
import { createFairlead, type Fairlead, type FairleadEnd } from '../fairlead-process.ts';

/** How a run with `--json` ended. */
export interface Ran extends FairleadEnd {
  readonly events: readonly JournalEvent[];
  /** `step outcome`, in the order in which steps finished. */
  readonly outcomes: readonly string[];
  /** The failure on standard error. */
  failure(): Failure;
  /** The most memory that the process had, in MiB, up to its last event but one. */
  readonly peakMiB: number;
}

/** What a test does while a run is under way. */
export type While = (event: JournalEvent, child: ChildProcess) => void;

/** The real program with a recipe of one test's own. */
export interface FaultBench {
  readonly fairlead: Fairlead;
  readonly folder: string;
  /** The deployment's name; also for what the test makes. */
  readonly name: string;
  /** Writes the recipe: its steps as YAML, indented by two; before them other parts, where given. */
  recipe(steps: string, before?: string): Promise<void>;
  run(meanwhile?: While, ...args: readonly string[]): Promise<Ran>;
  resume(meanwhile?: While, ...args: readonly string[]): Promise<Ran>;
  /** A step's output as it was kept. */
  output(step: string, attempt?: number): Promise<string>;
  /** All that the state folder holds, but not what is encrypted. */
  record(): Promise<string>;
  cleanUp(): Promise<void>;
}

/** A bench; `environment` is added to that of the program. */
export async function createFaultBench(environment: Readonly<Record<string, string>> = {}): Promise<FaultBench> {
  const name = `fault-${randomBytes(4).toString('hex')}`;
  const folder = await mkdtemp(join(tmpdir(), `${name}-`));
  const fairlead = await createFairlead(environment);
  const recipe = join(folder, 'recipe', name);
  const deployment = join(fairlead.stateDir, 'deployments', name);

  const start = async (args: readonly string[], meanwhile: While = () => undefined): Promise<Ran> => {
    const events: JournalEvent[] = [];
    let peakMiB = 0;
    const end = await fairlead.start([...args, '--json'], (line, child) => {
      const event = JSON.parse(line) as JournalEvent;
      events.push(event);
      peakMiB = Math.max(peakMiB, peakOf(child.pid));
      meanwhile(event, child);
    });
    const outcomes = events.flatMap((event) => (event.type === 'step.finished' ? [`${event.step} ${event.outcome}`] : []));
    return { ...end, events, outcomes, peakMiB, failure: () => failureLine(end.stderr) };
  };
  const files = async (pick: (path: string) => boolean): Promise<string> => {
    const entries = await readdir(deployment, { recursive: true, withFileTypes: true });
    const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
    return (await Promise.all(paths.filter(pick).map((path) => readFile(path, 'latin1')))).join('\n');
  };

  return {
    fairlead,
    folder,
    name,
    async recipe(steps, before = '') {
      await mkdir(recipe, { recursive: true });
      const head = `recipe: ${name}\nversion: 1.0.0\ntitle: A fault\nsummary: For tests.\n`;
      await writeFile(join(recipe, 'recipe.yaml'), `${head}${before}steps:\n${steps}`);
    },
    run: (meanwhile, ...args) => start(['run', recipe, '--yes', ...args], meanwhile),
    resume: (meanwhile, ...args) => start(['resume', name, ...args], meanwhile),
    output: (step, attempt = 1) => files((path) => path.endsWith(`/output/${step}-${attempt}.log`)),
    record: () => files((path) => !path.endsWith('.age')),
    async cleanUp() {
      await fairlead.cleanUp();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Does something once, at the first event of a type, of a step. */
export function at<K extends EventType>(type: K, step: string, act: (child: ChildProcess, event: EventOf<K>) => void): While {
  let done = false;
  return (event, child) => {
    if (done || event.type !== type || !('step' in event) || event.step !== step) return;
    done = true;
    act(child, event as EventOf<K>);
  };
}

/** The peak of a process's resident memory in MiB; 0 where it has ended. */
function peakOf(pid: number | undefined): number {
  try {
    const kibibytes = /^VmHWM:\s*(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return Number(kibibytes ?? 0) / 1024;
  } catch {
    return 0;
  }
}
