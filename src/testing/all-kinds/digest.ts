import type { FakeNode } from '../../adapters/host/fake-disk.ts';
import { sha256 } from '../../engine/digest.ts';
import { unchangedResult } from '../../engine/due.ts';
import type { Json } from '../../model/json.ts';
import type { RunState, StepState } from '../../model/run-state.ts';
import type { Carried } from '../../model/step.ts';
import type { SimulatedWorld } from './world.ts';

const PRINTING = ['host.command', 'host.script', 'container.exec', 'container.dialog'];

/**
 * What a process that goes on from here depends on: the world and the folded journal, with what is only a name
 * replaced. Two moments with the same digest have the same future, and so the same crashes in it.
 *
 * Left out or renamed are: sequence numbers and attempts (questions that are answered before a crash are never
 * looked at again, but for the plan's approval), times (only their order counts: a restart is told from its intent's
 * time, a log from its container's start), result digests (only compared with each other and with that of a step
 * which changed nothing), outputs of programs that no step uses, what a finished step changed and noted (`ok` or
 * `changed`, it is done), how often one change was doubted, and acts which the operator had to order a second time. The
 * caches of a process hold nothing that reading would not find again.
 *
 * That this is so is tried, too: with `alike` and `toTheEnd` nothing is spared, and the ends are the same.
 * @param needed `<step>.<output>` of all that steps and the closing words use.
 */
export function digestOf(world: SimulatedWorld, state: RunState, needed: ReadonlySet<string>): string {
  const { docker, host, vault, ledger, puts, flaws } = world;
  const { boxes, networks, images, volumes, up } = docker.snapshot();
  const steps = [...state.steps.values()];
  const times = new Set([
    ...steps.flatMap((step) => (step.doubted === undefined ? [] : [step.intentAt ?? ''])),
    ...[...boxes.values()].flatMap(({ detail, lines }) => [detail.startedAt, ...lines.map(({ at }) => at)]),
  ]);
  const order = new Map([...times].sort().map((at, index) => [at, index]));
  const approved = state.answers.get(`plan:${state.forecastSeq}`) ?? null;
  return sha256(
    plain({
      disk: host.fingerprint(),
      engine: {
        up,
        boxes: [...boxes].map(([name, { detail, lines }]) => [
          name,
          { ...detail, startedAt: order.get(detail.startedAt) },
          lines.map(({ at, text }) => [order.get(at), text]),
        ]),
        things: [[...networks], [...images], [...volumes]],
      },
      secrets: vault.names().map((name) => [name, vault.value(name), puts.get(name)]),
      ledger: [...ledger].sort(),
      flaws: [...flaws].sort(),
      status: state.status === 'none' || state.status === 'ok' ? state.status : 'under way',
      plan: state.forecast === undefined ? 'none' : approved,
      steps: steps.map((step) => whatCounts(step, state, order, needed)),
      made: [...state.made].sort(),
      finish: state.finish ?? null,
    }),
  );
}

/** What counts at the end: what is there, what is done, and what it left. */
export function endOf(world: SimulatedWorld, state: RunState, needed: ReadonlySet<string>): Json {
  const { docker, host, vault, ledger, puts } = world;
  const { boxes, networks, images, volumes, up } = docker.snapshot();
  return plain({
    disk: linesOf(host.snapshot(), ''),
    containers: [...boxes].map(([, { detail, lines }]) => ({
      ...detail,
      startedAt: '',
      log: lines.map(({ text }) => text),
    })),
    engine: [up, [...networks], [...images], [...volumes].sort()],
    secrets: vault.names().map((name) => [name, vault.value(name), puts.get(name)]),
    ledger: [...ledger].sort(),
    status: state.status,
    finish: state.finish ?? null,
    made: [...state.made].sort(),
    steps: [...state.steps.values()].map((step) => [
      step.id,
      doneOr(step),
      outputsThat(step, needed),
      step.carried?.paramsDigest,
    ]),
    due: [...state.steps.values()].map((step) => [step.id, step.carried && sawOf(step.carried, state)]),
  });
}

function plain(value: unknown): Json {
  return JSON.parse(JSON.stringify(value)) as Json;
}

function whatCounts(step: StepState, state: RunState, order: ReadonlyMap<string, number>, needed: ReadonlySet<string>): unknown {
  const { title: _t, uses: _u, attempt: _a, tries: _r, startedSeq: _s, finishedSeq: _f, startedAt: _sa, ...some } = step;
  const { begunAt: _b, endedAt: _e, intentSeq: _is, intentAt, changes: _c, notes: _n, doubted, carried, ...rest } = some;
  return {
    ...rest,
    status: doneOr(step),
    doubted: doubted === undefined ? null : [...new Set(doubted.map((change) => JSON.stringify(change)))].sort(),
    doubtedAt: doubted === undefined ? null : order.get(intentAt ?? ''),
    carried: carried === undefined ? null : carriedThat(step, carried, state, needed),
  };
}

/**
 * What a program printed is known to the act alone: a crash may cost it, where no other step needs it (else the act is
 * ordered anew).
 */
function outputsThat(step: StepState, needed: ReadonlySet<string>): unknown {
  const outputs = Object.entries(step.carried?.outputs ?? {});
  return PRINTING.includes(step.uses) ? outputs.filter(([name]) => needed.has(`${step.id}.${name}`)) : outputs;
}

function doneOr({ status }: StepState): string {
  return status === 'ok' || status === 'changed' ? 'done' : status;
}

function carriedThat(step: StepState, carried: Carried, state: RunState, needed: ReadonlySet<string>): unknown {
  const { resultDigest, saw: _, outputs: __, ...rest } = carried;
  return {
    ...rest,
    outputs: outputsThat(step, needed),
    unchanged: resultDigest === unchangedResult(carried.paramsDigest),
    saw: sawOf(carried, state),
  };
}

/** Of each step in `after`: is what was seen what is there now? */
function sawOf({ saw }: Carried, state: RunState): unknown {
  return Object.entries(saw).map(([id, seen]) => {
    const now = [...state.steps.values()].find((step) => step.id === id)?.carried ?? state.header?.carried[id];
    return [id, now?.resultDigest === seen ? 'now' : 'before'];
  });
}

function linesOf(node: FakeNode, at: string): readonly string[] {
  const own = `${at} ${node.kind} ${node.mode.toString(8)} ${node.uid}:${node.gid} ${new TextDecoder().decode(node.data)}`;
  return [
    own,
    ...[...node.children].sort(([x], [y]) => (x < y ? -1 : 1)).flatMap(([name, child]) => linesOf(child, `${at}/${name}`)),
  ];
}
