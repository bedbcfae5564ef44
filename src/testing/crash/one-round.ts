import { readdir } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  createLighthouse,
  docker,
  type Lighthouse,
  ledgerOf,
  removeLighthouse,
} from '../../../recipes/lighthouse/test/owned-lighthouse.ts';
import { createStateFolder } from '../../journal/state-folder.ts';
import type { RunState } from '../../model/run-state.ts';
import { type DrawnRound, momentText } from './drawn-round.ts';
import { differences, type Fingerprint, fingerprintOf } from './fingerprint.ts';
import { keptRun, whereItStands } from './kept-run.ts';
import { startAndKill } from './killed-process.ts';
import { leftoversOf } from './leftovers.ts';

/** What an installation that nobody disturbed looks like. */
export interface Undisturbed {
  /** Of its journal. */
  readonly lines: number;
  readonly fingerprint: Fingerprint;
}

/** One kill, as it came. */
export interface Kill {
  readonly target: 'pid' | 'group';
  /** What was drawn, in words. */
  readonly moment: string;
  /** Where the run stood; undefined where the process had ended before the moment came. */
  readonly fell: string | undefined;
}

/** How a round went. */
export interface RoundEnd {
  readonly round: number;
  readonly kills: readonly Kill[];
  /** The answers to the doubts that were asked. */
  readonly doubts: readonly ('done' | 'again')[];
  /** Fairlead processes after the first. */
  readonly resumes: number;
  /** Steps that failed on the way, with the message: each was tried again by the next resume. */
  readonly failed: readonly string[];
  /** What a dead process had left at work, and the next one waited for. */
  readonly waits: readonly string[];
  readonly ms: number;
  readonly undisturbed: Undisturbed;
  /** What is wrong; none in a good round. */
  readonly problems: readonly string[];
  /** The end of the journal, and what the last process said: for a report of what is wrong. */
  readonly evidence: string;
}

const MOST_RESUMES = 12;
/** The only step that nobody can look up, and so the only one that may be asked about. */
const ACT_ONCE = 'register';

/**
 * Installs a lighthouse of its own, kills as drawn, resumes until it stands, answers doubts as the ledger says, compares
 * with `expected`, and uninstalls. Takes all of it away again, however it ends.
 */
export async function playRound(drawn: DrawnRound, expected: Undisturbed | undefined): Promise<RoundEnd> {
  const began = performance.now();
  const lighthouse = await createLighthouse({ bare: true });
  const notes = {
    kills: [] as Kill[],
    doubts: [] as ('done' | 'again')[],
    failed: [] as string[],
    waits: [] as string[],
    resumes: 0,
    said: '',
  };
  const problems: string[] = [];
  let undisturbed: Undisturbed = { lines: 0, fingerprint: [] };
  let evidence = '';
  try {
    const state = await bringToItsEnd(lighthouse, drawn, expected?.lines ?? 0, notes);
    const fingerprint = await fingerprintOf(lighthouse, state);
    undisturbed = { lines: state.seq, fingerprint };
    if (expected !== undefined) problems.push(...differences(expected.fingerprint, fingerprint));
    problems.push(...(await lawsBroken(lighthouse)));
  } catch (error) {
    problems.push(error instanceof Error ? error.message : String(error));
  } finally {
    if (problems.length > 0) evidence = await evidenceOf(lighthouse, notes.said);
    await removeLighthouse(lighthouse);
  }
  const { said: _, ...told } = notes;
  return { round: drawn.round, ...told, ms: performance.now() - began, undisturbed, problems, evidence };
}

interface Notes {
  readonly kills: Kill[];
  readonly doubts: ('done' | 'again')[];
  readonly failed: string[];
  readonly waits: string[];
  resumes: number;
  said: string;
}

async function bringToItsEnd(lighthouse: Lighthouse, drawn: DrawnRound, lines: number, notes: Notes): Promise<RunState> {
  const { fairlead, name } = lighthouse;
  const { runs } = createStateFolder(fairlead.stateDir).deployment(name);
  let answer: readonly string[] = [];
  for (let process = 0; process <= MOST_RESUMES; process++) {
    notes.resumes = process;
    const before = await keptRun(runs);
    const args =
      before === undefined ? ['run', 'lighthouse', ...lighthouse.inputs, '--yes'] : ['resume', name, '--yes', ...answer];
    answer = [];
    const kill = drawn.kills[process];
    const end = await startAndKill(args, fairlead.stateDir, kill, { runs, lines });
    notes.said = end.said;
    notes.waits.push(...waitedFor(end.said));
    const after = await keptRun(runs);
    if (kill !== undefined) {
      const fell = end.killed ? whereItStands(after?.state) : undefined;
      notes.kills.push({ target: kill.target, moment: momentText(kill), fell });
    }
    if (after?.state.status === 'ok') return after.state;
    if (end.killed) continue;
    if (after === undefined) throw new Error(`\`fairlead ${args.join(' ')}\` ended with ${end.code} and kept no run.`);
    if (end.code === 1) notes.failed.push(failureIn(after.state));
    else if (end.code === 3) answer = await answerFromLedger(lighthouse, after.state, notes);
    else throw new Error(`\`fairlead ${args.join(' ')}\` ended with ${end.code}.`);
  }
  throw new Error(`It did not come to its end in ${MOST_RESUMES} resumes.`);
}

/** What the ledger says is what the operator says. */
async function answerFromLedger(lighthouse: Lighthouse, { question }: RunState, notes: Notes): Promise<readonly string[]> {
  if (question?.about !== 'in-doubt' || question.step !== ACT_ONCE) {
    throw new Error(`It asked what only a person can answer: ${JSON.stringify(question ?? 'nothing that is open')}.`);
  }
  await untilNobodyRegisters(lighthouse.name);
  const answer = (await ledgerOf(lighthouse)).length > 0 ? 'done' : 'again';
  notes.doubts.push(answer);
  return ['--answer', `${ACT_ONCE}=${answer}`];
}

/** The program that the dead engine had started in the container may be at work still: an operator would wait for it, too. */
async function untilNobodyRegisters(name: string): Promise<void> {
  for (const deadline = performance.now() + 120_000; performance.now() < deadline; await sleep(50)) {
    const { stdout } = await docker('top', name);
    if (!stdout.includes(`/bin/lighthouse ${ACT_ONCE}`)) return;
  }
  throw new Error(`The program that registers still runs in ${name} after two minutes.`);
}

/** What a process said that it waits for, each once, without process ids. */
function waitedFor(said: string): readonly string[] {
  const lists = [...said.matchAll(/left at work: (.+?)\.?$/gm)].map(([, list = '']) => list);
  return [...new Set(lists.flatMap((list) => list.replaceAll(/ \(process \d+\)/g, '').split(', ')))];
}

function failureIn(state: RunState): string {
  const step = [...state.steps.values()].find(({ failure }) => failure !== undefined);
  return step === undefined ? 'no step' : `${step.id}: ${step.failure?.code}: ${step.failure?.message}`;
}

/** What holds for every end: one account, nothing left to do, and nothing left after an uninstall. */
async function lawsBroken(lighthouse: Lighthouse): Promise<readonly string[]> {
  const { fairlead, name } = lighthouse;
  const problems: string[] = [];
  const ledger = await ledgerOf(lighthouse);
  if (ledger.length !== 1) problems.push(`The ledger has ${ledger.length} lines: ${ledger.join(' | ')}`);
  const plan = await fairlead.run('plan', 'lighthouse', '--name', name, '--exit-code');
  if (plan.code !== 0) problems.push(`A plan finds something to do (exit code ${plan.code}):\n${plan.stdout}${plan.stderr}`);
  const gone = await fairlead.run('task', name, 'uninstall', '--yes', '--answer', `down=${name}`);
  if (gone.code !== 0) problems.push(`The uninstall ended with ${gone.code}:\n${gone.stdout}${gone.stderr}`);
  problems.push(...(await leftoversOf(lighthouse)).map((left) => `Left after the uninstall: ${left}`));
  const record = await readdir(fairlead.stateDir, { recursive: true });
  problems.push(...record.filter((path) => path.endsWith('.tmp')).map((path) => `Left in the record: ${path}`));
  return problems;
}

async function evidenceOf({ fairlead, name }: Lighthouse, said: string): Promise<string> {
  const { runs } = createStateFolder(fairlead.stateDir).deployment(name);
  const kept = await keptRun(runs, 'oldest').catch(() => undefined);
  const tail = (kept?.events ?? [])
    .slice(-25)
    .map(({ prev: _, sum: __, v: ___, ...event }) => JSON.stringify(event).slice(0, 300));
  return ['the journal ended with:', ...tail, 'the last process said:', said.trim().slice(-3000)].join('\n');
}
