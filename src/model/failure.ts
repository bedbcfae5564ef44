/** Who must act: the operator (input, recipe), the environment (network, disk, daemon), or we (a bug). */
export type Fault = 'operator' | 'environment' | 'bug';

/** What was seen of a failed act: enough to understand it without running it again. */
export interface Evidence {
  /** The command, redacted. */
  readonly argv?: readonly string[];
  /** Its exit code. */
  readonly exit?: number;
  /** The last lines that it printed, redacted; 40 at most. */
  readonly tail: readonly string[];
}

/** A failure as plain data: what happened, who must act, what to try next. */
export interface Failure {
  /** Dotted and stable: `host.unreachable`. Scripts may rely on it; the message may change. */
  readonly code: string;
  readonly fault: Fault;
  readonly message: string;
  /** What to try next, most promising first. */
  readonly hints: readonly string[];
  /** Can the same act succeed when tried again without a change? */
  readonly retryable: boolean;
  readonly evidence?: Evidence;
}

/** How many lines of output a failure keeps as evidence. */
export const EVIDENCE_LINES = 40;

/** The one error that fairlead throws on purpose: a failure on its way to whoever reports it. */
export class FairleadError extends Error {
  readonly failure: Failure;
  /** The recipe's own sentence about it, where it has one: no program printed that, so it is shown of sensitive steps, too. */
  readonly recipeSays?: string;

  constructor(failure: Failure, { recipeSays, ...options }: ErrorOptions & { readonly recipeSays?: string } = {}) {
    super(failure.message, options);
    this.name = 'FairleadError';
    this.failure = failure;
    if (recipeSays !== undefined) this.recipeSays = recipeSays;
  }
}

/** Thrown where an expression makes something of an input that has no value, as if it had one. */
export class InputNeeded extends FairleadError {
  readonly input: string;

  constructor(failure: Failure, input: string, options: ErrorOptions = {}) {
    super(failure, options);
    this.input = input;
  }
}

/** Builds an error; `fault` defaults to the operator, `retryable` to false. */
export function fail(
  code: string,
  message: string,
  details: Partial<Omit<Failure, 'code' | 'message'>> & { readonly cause?: unknown; readonly recipeSays?: string } = {},
): FairleadError {
  const { cause, recipeSays, ...rest } = details;
  const failure: Failure = { code, message, fault: 'operator', hints: [], retryable: false, ...rest };
  return new FairleadError(failure, {
    ...(cause === undefined ? {} : { cause }),
    ...(recipeSays === undefined ? {} : { recipeSays }),
  });
}

/** The failure inside any thrown value; what we did not throw on purpose is a bug. */
export function failureOf(error: unknown): Failure {
  if (error instanceof FairleadError || error instanceof NotYet) return error.failure;
  const message = error instanceof Error ? error.message : String(error);
  return {
    code: 'bug.unexpected',
    fault: 'bug',
    message: `Something went wrong that fairlead did not foresee: ${message}`,
    hints: ['Run `fairlead resume` to go on from here; if it happens again, please report it.'],
    retryable: false,
  };
}

/**
 * Thrown by `read` when it can't know before another step has acted: no engine to ask yet, say. In a plan it
 * becomes `known after apply`; in a run, where nothing earlier can help any more, it is a failure.
 */
export class NotYet extends Error {
  /** What is missing; a step type that makes it says so in `provides`. */
  readonly missing: 'docker';
  /** The failure to report where no earlier step will provide it. */
  readonly failure: Failure;

  constructor(missing: 'docker', failure: Failure) {
    super(failure.message);
    this.name = 'NotYet';
    this.missing = missing;
    this.failure = failure;
  }
}

/** Thrown inside `apply` when a question has nobody to answer it: the run stops, resumable. */
export class OperatorNeeded extends Error {
  readonly questionId: string;

  constructor(questionId: string) {
    super('An operator is needed.');
    this.name = 'OperatorNeeded';
    this.questionId = questionId;
  }
}

/** Process exit codes (design: the command line's contract). */
export const exitCodes = {
  done: 0,
  failed: 1,
  usage: 2,
  operatorNeeded: 3,
  held: 4,
  differences: 5,
  bug: 70,
  interrupted: 130,
} as const;
