import { createHash, createHmac } from 'node:crypto';
import { Ajv, type ValidateFunction } from 'ajv';
import { describe, expect, it } from 'vitest';
import { createFakeEngine, type FakeEngine } from '../adapters/docker/fake-engine.ts';
import { createFakeHost, type FakeHost } from '../adapters/host/fake-host.ts';
import { fitsPasswordVerifier } from '../adapters/vault/password-verifier.ts';
import { revealParts } from '../model/encodings.ts';
import { FairleadError } from '../model/failure.ts';
import type { Json } from '../model/json.ts';
import { paramsKeyword } from '../model/params-keyword.ts';
import { onlyReads } from '../model/plan-effect.ts';
import type { Question } from '../model/questions.ts';
import { SecretText, type Text } from '../model/secrets.ts';
import type { AnyStepType, ApplyContext, Change, FreshOutputs, ReadContext } from '../model/step.ts';

/** A world that a step type's test acts on: fakes at the lowest ports, and secrets by name. */
export interface World {
  readonly host: FakeHost;
  readonly docker: FakeEngine;
  readonly secrets: Map<string, string>;
  /** `<step type> <target>`s that fairlead made earlier. */
  readonly made: Set<string>;
  /** Lines that `apply` gave out. */
  readonly output: string[];
  /** Files that were backed up: path → text. */
  readonly backups: Map<string, string>;
  /** Answers to questions, by what they are about; none: the operator is needed. */
  readonly answers: Map<Question['about'], Json>;
}

/** A new, empty world. */
export function createWorld(): World {
  const secrets = new Map<string, string>();
  const reveal = (text: Text): string => revealText(text, secrets);
  return {
    host: createFakeHost({ reveal: async (text) => reveal(text) }),
    docker: createFakeEngine({ reveal: async (text) => reveal(text) }),
    secrets,
    made: new Set(),
    output: [],
    backups: new Map(),
    answers: new Map(),
  };
}

/** One row of a step type's table of cases. */
export interface StepCase {
  /** The law it checks: `keeps comments and order`. */
  readonly law: string;
  readonly params: Record<string, unknown>;
  /** Brings the world into its state before. */
  readonly given?: (world: World) => void;
  readonly context?: Partial<ReadContext>;
  /** The changes that the diff must show, in order, each matched partially; default: not looked at. */
  readonly changes?: readonly Partial<Change>[];
  /** What must hold after apply. */
  readonly afterwards?: (world: World, outputs: FreshOutputs) => void | Promise<void>;
  /** The failure's code where read or apply must fail. */
  readonly fails?: string;
  /** The case is about read and diff only. */
  readonly planOnly?: true;
}

/** The context that a step type sees in this world. */
export function contextOf(world: World, type: AnyStepType, overrides: Partial<ReadContext> = {}): ApplyContext {
  const key = 'step-bench';
  const reveal = async (text: Text): Promise<string> => revealText(text, world.secrets);
  return {
    host: world.host,
    docker: world.docker,
    signal: AbortSignal.timeout(5000),
    forecast: false,
    due: [],
    made: (target) => world.made.has(`${type.name} ${target}`),
    progress: () => undefined,
    secrets: {
      matches: async (text, bytes) => {
        try {
          return (await reveal(text)) === new TextDecoder().decode(bytes);
        } catch {
          return false;
        }
      },
      fingerprint: async (text) =>
        createHmac('sha256', key)
          .update(await reveal(text))
          .digest('hex'),
      fitsVerifier: async (text, verifier, salt = '') => fitsPasswordVerifier(await reveal(text), verifier, salt),
    },
    reveal,
    output: (line) => world.output.push(line),
    ask: async (question) => {
      const answer = world.answers.get(question.about);
      if (answer === undefined) throw new Error(`nobody answers: ${question.about}`);
      return answer;
    },
    backUp: async (path, bytes) => {
      world.backups.set(path, new TextDecoder().decode(bytes));
    },
    ...overrides,
  };
}

/** Reads and diffs. */
export async function planStep(type: AnyStepType, params: unknown, ctx: ReadContext): Promise<readonly Change[]> {
  return type.diff(params, await type.read(params, ctx));
}

/** What the engine does with one step: read, diff, apply, then read again. */
export async function convergeStep(
  type: AnyStepType,
  params: unknown,
  ctx: ApplyContext,
): Promise<{ changes: readonly Change[]; left: readonly Change[]; outputs: FreshOutputs }> {
  const state = await type.read(params, ctx);
  const changes = type.diff(params, state);
  if (changes.length === 0 || type.apply === undefined) {
    return { changes, left: changes, outputs: type.outputsOf?.(params, state) ?? {} };
  }
  const applied = await type.apply(params, changes, ctx, state);
  const after = await type.read(params, { ...ctx, due: [] });
  const left = type.actsOnce?.(params) === true || onlyReads({ changes }) ? [] : type.diff(params, after);
  return { changes, left, outputs: { ...type.outputsOf?.(params, after), ...applied } };
}

/**
 * Registers a step type's table of cases and the laws that every step type obeys, tried on each case:
 * unknown params are refused, diff changes nothing and is the same twice, apply then read leaves no
 * difference, an abort is honoured, no secret shows in a change or an output line.
 */
export function describeStepType(type: AnyStepType, cases: readonly StepCase[]): void {
  describe(type.name, () => {
    const validate = compileParams(type);

    it('refuses a param that it does not know', () => {
      const known = cases[0]?.params ?? {};
      expect(validate({ ...known, no_such_param: 1 })).toBe(false);
    });

    it.each(cases.map((row) => [row.law, row] as const))('%s', async (_, row) => {
      const world = createWorld();
      row.given?.(world);
      const ctx = contextOf(world, type, row.context);
      expect(validate(row.params), JSON.stringify(validate.errors)).toBe(true);
      if (row.fails !== undefined) {
        await expect(row.planOnly ? planStep(type, row.params, ctx) : convergeStep(type, row.params, ctx)).rejects.toMatchObject({
          failure: { code: row.fails },
        });
        return;
      }
      const before = world.host.fingerprint();
      const planned = await planStep(type, row.params, { ...ctx, forecast: true });
      expect(world.host.fingerprint(), 'a plan changed the host').toBe(before);
      expect(await planStep(type, row.params, { ...ctx, forecast: true }), 'two plans differ').toEqual(planned);
      if (row.changes !== undefined) {
        expect(planned).toHaveLength(row.changes.length);
        row.changes.forEach((change, index) => {
          expect(planned[index]).toMatchObject(change);
        });
      }
      expectNoSecret(world, planned);
      if (row.planOnly) return;
      if (type.apply !== undefined && planned.length > 0) await expectAbortHonoured(type, row);

      const { changes, left, outputs } = await convergeStep(type, row.params, ctx);
      expect(changes, 'forecast and applied changes differ').toEqual(planned);
      expect(left, 'a difference is left after apply').toEqual([]);
      expectNoSecret(world, world.output);
      await row.afterwards?.(world, outputs);
    });
  });
}

async function expectAbortHonoured(type: AnyStepType, row: StepCase): Promise<void> {
  const world = createWorld();
  row.given?.(world);
  const ctx = contextOf(world, type, row.context);
  const state = await type.read(row.params, ctx);
  const changes = type.diff(row.params, state);
  const before = world.host.fingerprint();
  const aborted = { ...ctx, signal: AbortSignal.abort() };
  await expect(type.apply?.(row.params, changes, aborted, state), 'an abort before apply was not honoured').rejects.toThrow();
  expect(world.host.fingerprint(), 'an aborted apply changed the host').toBe(before);
}

function expectNoSecret(world: World, shown: unknown): void {
  const text = JSON.stringify(shown);
  for (const value of world.secrets.values()) expect(text).not.toContain(value);
}

function compileParams(type: AnyStepType): ValidateFunction {
  return new Ajv({ strict: true, allErrors: true, allowUnionTypes: true }).addKeyword(paramsKeyword).compile(type.schema);
}

function revealText(text: Text, secrets: ReadonlyMap<string, string>): string {
  if (!(text instanceof SecretText)) return text;
  return revealParts(text.parts, ({ $secret: name }) => {
    const value = secrets.get(name);
    if (value === undefined)
      throw new FairleadError({ code: 'secret.unknown', fault: 'bug', message: name, hints: [], retryable: false });
    return value;
  });
}

/** SHA-256, for tests that compare content. */
export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
