import type { RunHeader } from '../engine/run.ts';
import type { StepForecast } from '../model/events.ts';
import type { Failure } from '../model/failure.ts';
import type { RunRequest } from './run-request.ts';

/** A run that was planned, and is to begin. */
export interface StartSpec {
  readonly kind: 'start';
  readonly deployment: string;
  readonly request: RunRequest;
  /** Its id, and the moment that it is dated with (ISO 8601). */
  readonly run: string;
  readonly moment: string;
  /** The recipe that it was planned with. */
  readonly recipe: { readonly folder: string; readonly digest: string };
  /** What inputs that are not given are; default: those of the installed run. */
  readonly inputs?: RunHeader['inputs'];
  /** The deployment's latest run when it was planned. */
  readonly latestRun?: string;
  /** The plan. */
  readonly forecast: readonly StepForecast[];
  /** The operator said yes to that plan already. */
  readonly approved?: true;
}

/** What going on with a run means: with what it had, with what is asked for now, or only so far that it can be given up. */
export type GoingOn = 'as-it-was' | 'changed' | 'giving-up';

/** A run that is to go on. */
export interface ResumeSpec {
  readonly kind: 'resume';
  readonly deployment: string;
  readonly request: RunRequest;
  readonly run: string;
  readonly how: GoingOn;
}

/** All that it takes to do a run, in this process or in one of its own. */
export type RunSpec = StartSpec | ResumeSpec;

/** What a process of a run's own is told on its standard input; there are secrets in it. */
export interface EngineOrder {
  readonly spec: RunSpec;
  readonly stateDir: string;
  /** What of the environment may be a secret, the passphrase of the key too. */
  readonly environment: Readonly<Record<string, string>>;
  /** The file that its output goes to; becomes the run's. */
  readonly log: string;
}

/** What that process answers: that it listens, or why it can't begin; and what is to be said to the operator besides. */
export type EngineAnswer = { readonly said: string } & ({ readonly ready: string } | { readonly failure: Failure });

/** As JSON. */
export function encodeOrder(order: EngineOrder): string {
  const { request } = order.spec;
  const standing = { ...request.standing, answers: [...request.standing.answers] };
  return JSON.stringify({ ...order, spec: { ...order.spec, request: { ...request, standing } } });
}

/** Reads it back: it comes from the same program. */
export function decodeOrder(text: string): EngineOrder {
  const order = JSON.parse(text);
  const { request } = order.spec;
  const standing = { ...request.standing, answers: new Map(request.standing.answers) };
  return { ...order, spec: { ...order.spec, request: { ...request, standing } } };
}
