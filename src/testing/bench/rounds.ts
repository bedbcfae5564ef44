import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fail } from '../../model/failure.ts';
import { type Contender, PHASES, type Phase } from './contender.ts';
import { measure } from './measure.ts';
import type { Sample } from './report.ts';
import { prepareTarget, settleDisk, stateOfTarget, type TargetState } from './target.ts';
import { filledIn, type Workload, type WorkloadName } from './workload.ts';

/** One contender's go at a workload. */
interface Go {
  readonly workload: Workload & { readonly name: WorkloadName };
  readonly contender: Contender;
  readonly round: number;
  /** A folder for what the contender needs; emptied first. */
  readonly folder: string;
  readonly signal: AbortSignal;
}

/** What it took, and what it left. */
export interface Gone {
  readonly samples: readonly Sample[];
  readonly end: readonly string[];
}

/**
 * Plan, cold, again: each measured, and each held to what it says. A plan shows all new texts and touches nothing; the
 * second run touches nothing. Whoever cheats, or fails, ends the benchmark.
 */
export async function goOnce(go: Go): Promise<Gone> {
  const { workload, contender, round, folder, signal } = go;
  rmSync(folder, { recursive: true, force: true });
  for (const [name, text] of contender.files(workload)) put(join(folder, name), text);
  prepareTarget(workload);
  const samples: Sample[] = [];
  let state = stateOfTarget(workload);
  for (const phase of PHASES) {
    settleDisk();
    const outputFile = join(folder, `${phase}.log`);
    const env = { ...process.env, LC_ALL: 'C.UTF-8', NO_COLOR: '1', ...contender.environment(folder) };
    const measured = await measure(contender.argv(phase, folder), { env, outputFile, signal });
    signal.throwIfAborted();
    const output = readFileSync(outputFile, 'utf8');
    if (measured.code !== 0) throw failed(go, phase, measured.code, output);
    const after = stateOfTarget(workload);
    check(go, phase, state, after, output);
    state = after;
    samples.push({ workload: workload.name, contender: contender.name, phase, round, ...measured });
  }
  return { samples, end: state.lines };
}

/** Throws where two contenders left different things behind, naming the first ones. */
export function requireSameEnd(one: Contender, its: readonly string[], other: Contender, others: readonly string[]): void {
  const left = new Set(its);
  const right = new Set(others);
  const differing = [
    ...its.filter((line) => !right.has(line)).map((line) => `${one.name}: ${line}`),
    ...others.filter((line) => !left.has(line)).map((line) => `${other.name}: ${line}`),
  ];
  if (differing.length === 0) return;
  throw fail('bench.ends-differ', `${one.name} and ${other.name} left different things behind: one of them did less.`, {
    fault: 'bug',
    evidence: { tail: differing.slice(0, 10) },
  });
}

function check(go: Go, phase: Phase, before: TargetState, after: TargetState, output: string): void {
  const { workload, contender } = go;
  if (phase !== 'cold' && before.touched !== after.touched) {
    const changed = after.lines.filter((line) => !before.lines.includes(line));
    throw fail('bench.touched', `${contender.name} changed something in ${phase}, where nothing may be changed.`, {
      fault: 'bug',
      evidence: { tail: changed.slice(0, 10) },
    });
  }
  if (phase !== 'plan') return;
  const unsaid = missingFromPlan(workload, output);
  // Ansible's check mode can't go into folders that are not there yet: what it shows is its own affair.
  if (unsaid.length === 0 || contender.name === 'ansible') return;
  throw fail('bench.plan-is-silent', `The plan of ${contender.name} does not show all that will change.`, {
    fault: 'bug',
    evidence: { tail: unsaid.slice(0, 10) },
  });
}

/** What a plan from nothing has to name: every path and account, every line of every new text. */
function missingFromPlan(workload: Workload, output: string): readonly string[] {
  const wanted = workload.tasks.flatMap((task): readonly string[] => {
    switch (task.kind) {
      case 'group':
      case 'user':
        return [task.name];
      case 'file':
        return [task.path, ...filledIn(workload, task.template).split('\n')];
      case 'key':
        return [task.path, task.key];
      case 'line':
        return [task.path, task.line];
      default:
        return [task.path];
    }
  });
  return [...new Set(wanted)].filter((text) => !output.includes(text));
}

function failed({ contender, workload }: Go, phase: Phase, code: number | null, output: string): Error {
  return fail('bench.contender-failed', `${contender.name} failed at ${workload.name}, ${phase}, with ${code ?? 'a signal'}.`, {
    fault: 'environment',
    evidence: { tail: output.split('\n').slice(-20) },
  });
}

function put(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  chmodSync(path, 0o644);
}
