import fc from 'fast-check';
import type { EventBody, EventType } from '../model/events.ts';
import type { Failure } from '../model/failure.ts';
import type { Json } from '../model/json.ts';
import type { KeptData } from '../model/kept-data.ts';
import type { Question } from '../model/questions.ts';
import type { Carried, Change } from '../model/step.ts';
import type { StepId } from '../model/step-id.ts';

/** The ids that random events speak of: few, so that they meet. */
export const STEP_IDS = ['network', 'config', 'up', 'admin'] as readonly string[] as readonly StepId[];

const step = fc.constantFrom(...STEP_IDS);
const attempt = fc.integer({ min: 1, max: 5 });
/** Text as programs print it: all of Unicode, control characters, lone surrogates, line separators. */
const text = fc.oneof(
  fc.string(),
  fc.array(fc.nat(0xffff), { maxLength: 10 }).map((units) => String.fromCharCode(...units)),
  fc.constantFrom('', '\u2028', '\ud800', '\ufeff', '\ufffd', '"\\\n\0'),
);
const digest = fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: 8, maxLength: 8 });
const json = fc.jsonValue({ maxDepth: 2 }) as fc.Arbitrary<Json>;
const names = fc.oneof(
  fc.constantFrom('name', 'port', '10', '2', '__proto__', 'constructor'),
  fc.string({ minLength: 1, maxLength: 6 }),
);
const mapOf = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<Record<string, T>> => fc.dictionary(names, value, { maxKeys: 3 });

const change: fc.Arbitrary<Change> = fc.record(
  {
    action: fc.constantFrom('create', 'update', 'delete', 'run', 'check', 'read'),
    target: text,
    property: text,
    before: json,
    after: json,
    diff: text,
    secret: fc.constant(true as const),
    because: fc.array(step, { maxLength: 2 }),
  },
  { requiredKeys: ['action', 'target'] },
);
const changes = fc.array(change, { maxLength: 2 });

const carried: fc.Arbitrary<Carried> = fc.record({
  run: digest,
  paramsDigest: digest,
  resultDigest: digest,
  outputs: mapOf(fc.oneof(json, fc.record({ $secret: text }))),
  saw: mapOf(digest),
});

const failure: fc.Arbitrary<Failure> = fc.record(
  {
    code: fc.constantFrom('host.unreachable', 'step.timed-out'),
    fault: fc.constantFrom('operator', 'environment', 'bug'),
    message: text,
    hints: fc.array(text, { maxLength: 2 }),
    retryable: fc.boolean(),
    evidence: fc.record(
      { argv: fc.array(text, { maxLength: 2 }), exit: fc.integer(), tail: fc.array(text, { maxLength: 3 }) },
      { requiredKeys: ['tail'] },
    ),
  },
  { requiredKeys: ['code', 'fault', 'message', 'hints', 'retryable'] },
);

const keptData: fc.Arbitrary<KeptData> = fc.oneof(
  fc.record({ secret: names, path: text, rotates: fc.constant(true as const) }, { requiredKeys: ['secret', 'path'] }),
  fc.record({ secret: names, volume: text }),
);

const question: fc.Arbitrary<Question> = fc.record(
  {
    id: fc.constantFrom('plan-2', 'failure-9', 'manual-4'),
    about: fc.constantFrom('plan', 'in-doubt', 'manual', 'danger', 'failure', 'input', 'drift', 'adopt', 'dialog'),
    step,
    attempt,
    data: json,
    takes: fc.oneof(
      fc.record({ choices: fc.array(text, { maxLength: 3 }) }),
      fc.record({ word: text }),
      fc.record({ schema: json }),
      fc.record({ secret: text }),
    ),
    refused: fc.constant(true as const),
  },
  { requiredKeys: ['id', 'about', 'data', 'takes'] },
);

const bodies: { readonly [K in EventType]: fc.Arbitrary<Omit<Extract<EventBody, { type: K }>, 'type'>> } = {
  'run.started': fc.record({
    run: digest,
    kind: fc.constantFrom('converge', 'task'),
    deployment: fc.constant('demo'),
    vault: fc.constant('/state/deployments/demo/vault.age'),
    recipe: fc.record({ name: text, version: text, title: text, digest }),
    fairlead: fc.constant('0.1.0'),
    inputs: mapOf(json),
    options: fc.record(
      {
        only: fc.array(step, { maxLength: 2 }),
        from: step,
        until: step,
        onFailure: fc.constantFrom('stop', 'skip', 'retry'),
        task: text,
      },
      { requiredKeys: ['only', 'onFailure'] },
    ),
    hosts: mapOf(text),
    who: fc.record({ user: text, sudoUser: text, sshClient: text }, { requiredKeys: ['user'] }),
    steps: fc.constant(STEP_IDS.map((id) => ({ id, title: `Do ${id}`, uses: 'test.thing' }))),
    carried: fc.dictionary(step, carried, { maxKeys: 2 }),
    made: fc.array(text, { maxLength: 3 }),
  }),
  'run.resumed': fc.record({ pid: fc.integer({ min: 1 }), fairlead: fc.constant('0.1.0') }),
  'plan.forecast': fc.record({
    forecast: fc.array(
      fc.record(
        {
          step,
          changes,
          waitsFor: step,
          skipped: fc.constant(true as const),
          adopts: fc.array(keptData, { maxLength: 2 }),
          notes: fc.array(text, { maxLength: 2 }),
        },
        { requiredKeys: ['step', 'changes'] },
      ),
      { maxLength: 3 },
    ),
  }),
  'question.asked': fc.record({ question }),
  'question.answered': fc.record({
    id: fc.constantFrom('plan-2', 'failure-9', 'manual-4'),
    answer: json,
    by: fc.constantFrom('operator', 'option', 'policy'),
  }),
  'secret.generated': fc.record(
    {
      name: text,
      fingerprint: digest,
      rotates: fc.record(
        { steps: fc.constant([{ id: 'tell' as StepId, title: 'Tell it', uses: 'test.thing' }]), before: step },
        { requiredKeys: ['steps'] },
      ),
    },
    { requiredKeys: ['name', 'fingerprint'] },
  ),
  'secret.staged': fc.record({ fingerprints: mapOf(digest) }),
  'secret.committed': fc.record({ names: fc.array(text, { maxLength: 2 }) }),
  'secret.withdrawn': fc.record({ names: fc.array(text, { maxLength: 2 }) }),
  'step.started': fc.record({ step, attempt }),
  'step.intended': fc.record({ step, attempt, changes }),
  'step.finished': fc.record(
    {
      step,
      attempt,
      outcome: fc.constantFrom('ok', 'changed', 'skipped', 'failed', 'unreachable'),
      carried,
      failure,
      notes: fc.array(text, { maxLength: 2 }),
      made: fc.array(text, { maxLength: 2 }),
      unmade: fc.array(text, { maxLength: 2 }),
    },
    { requiredKeys: ['step', 'attempt', 'outcome'] },
  ),
  'run.stopped': fc.record({ reason: fc.constantFrom('failed', 'operator-needed', 'interrupted', 'unreachable') }),
  'run.finished': fc.record({ outcome: fc.constantFrom('ok', 'abandoned') }),
};

/** A random event of one type. */
export function arbitraryEvent(type: EventType): fc.Arbitrary<EventBody> {
  return (bodies[type] as fc.Arbitrary<object>).map((fields) => ({ type, ...fields }) as EventBody);
}

/** What a run might write, in any order, after its start. */
export function arbitraryRun(maxLength = 12): fc.Arbitrary<readonly EventBody[]> {
  const later = (Object.keys(bodies) as EventType[]).filter((type) => type !== 'run.started');
  return fc
    .tuple(arbitraryEvent('run.started'), fc.array(fc.oneof(...later.map(arbitraryEvent)), { maxLength }))
    .map(([first, rest]) => [first, ...rest]);
}
