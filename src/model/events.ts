import type { Failure } from './failure.ts';
import type { Json } from './json.ts';
import type { KeptData } from './kept-data.ts';
import type { LentPicture } from './lent-picture.ts';
import type { Question } from './questions.ts';
import type { SecretRef } from './secrets.ts';
import type { Carried, Change } from './step.ts';
import type { StepId } from './step-id.ts';

/** Ansible's recap words. */
export type Outcome = 'ok' | 'changed' | 'skipped' | 'failed' | 'unreachable';

/** Why a run stopped; each can be resumed. */
export type StopReason = 'failed' | 'operator-needed' | 'interrupted' | 'unreachable';

/**
 * What a run does; `uninstall` is a task after whose good end the deployment starts anew; `orphans` removes what
 * steps made that the recipe does not have any more; `rotate` puts a new value of a secret in force.
 */
export type RunKind = 'converge' | 'task' | 'uninstall' | 'orphans' | 'rotate';

/** How a run was asked to go about it: the options of the command line that outlive the process. */
export interface RunOptions {
  readonly only: readonly string[];
  readonly from?: string;
  readonly until?: string;
  readonly onFailure: 'stop' | 'skip' | 'retry';
  /** The task's name, for a run of kind `task`. */
  readonly task?: string;
  /** The secret's name, for a run of kind `rotate`. */
  readonly rotate?: string;
}

/** Who started a run. */
export interface Who {
  readonly user: string;
  /** Who called sudo. */
  readonly sudoUser?: string;
  /** The SSH client's address. */
  readonly sshClient?: string;
}

/** What a plan says of one step. */
export interface StepForecast {
  readonly step: StepId;
  readonly changes: readonly Change[];
  /** Known only after this earlier step has acted. */
  readonly waitsFor?: StepId;
  /** Its `when` does not hold. */
  readonly skipped?: true;
  /** What it manages was edited by hand since fairlead left it: it will be asked about. */
  readonly drift?: true;
  /** The parts of a file whose hand edit is kept. */
  readonly kept?: readonly string[];
  /**
   * Why what it did no longer counts: `input:<name>`, `step:<id>` (that step is invalidated too), `recipe` (the recipe
   * says something else now), `from` (the operator wants it looked at again).
   */
  readonly invalidatedBy?: readonly string[];
  /** Data that secrets keep which this step is the first to use: it will be asked about before they are made. */
  readonly adopts?: readonly KeptData[];
  readonly notes?: readonly string[];
}

/** A step of an earlier run that the recipe does not have any more. */
export interface Orphan {
  readonly step: StepId;
  /** The run that finished it last: its copy of the recipe still has the step. */
  readonly run: string;
  /** A step of the recipe that looks after a part of the same: the rest is the operator's to remove. */
  readonly sharedWith?: StepId;
}

/** What happened, in the past tense: the facts of a run. Published; additive only. */
export interface EventMap {
  'run.started': {
    readonly run: string;
    readonly kind: RunKind;
    readonly deployment: string;
    /** The file of its vault (absolute); absent in runs of before it was said. */
    readonly vault?: string;
    readonly recipe: { readonly name: string; readonly version: string; readonly title: string; readonly digest: string };
    readonly fairlead: string;
    /** Never a secret's value: a secret input is a reference into the vault. */
    readonly inputs: { readonly [name: string]: Json | SecretRef };
    readonly options: RunOptions;
    /** Role → machine id. */
    readonly hosts: { readonly [role: string]: string };
    readonly who: Who;
    readonly steps: readonly { readonly id: StepId; readonly title: string; readonly uses: string }[];
    readonly carried: { readonly [step: string]: Carried };
    /** `<step type> <target>` of all that fairlead made in this deployment so far. */
    readonly made: readonly string[];
    /** The inputs whose values differ from those of the deployment's run before. */
    readonly changedInputs?: readonly string[];
    /** Steps of earlier runs that the recipe does not have any more. */
    readonly orphans?: readonly Orphan[];
    /** The secrets that get a new value: the one that was asked for, and those that are made of it. */
    readonly rotates?: readonly string[];
    /** Secrets of whose new value earlier runs have not told the system to the end, and the steps here that do. */
    readonly untold?: readonly { readonly secret: string; readonly steps: readonly StepId[] }[];
  };
  'run.resumed': {
    readonly pid: number;
    readonly fairlead: string;
    /** All inputs from now on, where the operator gave others than before. */
    readonly inputs?: { readonly [name: string]: Json | SecretRef };
    /** Those of them that differ. */
    readonly changedInputs?: readonly string[];
    /** The step from which all is looked at again. */
    readonly from?: StepId;
    /** Finished steps that are to be done again, because of the above. */
    readonly redo?: readonly StepId[];
  };
  'plan.forecast': { readonly forecast: readonly StepForecast[] };
  'question.asked': { readonly question: Question };
  'question.answered': { readonly id: string; readonly answer: Json; readonly by: 'operator' | 'option' | 'policy' };
  'secret.generated': {
    readonly name: string;
    readonly fingerprint: string;
    /**
     * It was made although data is there that has another value: these steps tell the system, and are from now on steps of
     * the run, in front of the step `before`, else at the end.
     */
    readonly rotates?: {
      readonly steps: readonly { readonly id: StepId; readonly title: string; readonly uses: string }[];
      readonly before?: StepId;
    };
  };
  /** New values are in the vault, beside those in force. */
  'secret.staged': { readonly fingerprints: { readonly [name: string]: string } };
  /** They are in force; those before them are kept as the previous ones. */
  'secret.committed': { readonly names: readonly string[] };
  /** They are given up: what this run has told of them is told the old ones again. */
  'secret.withdrawn': { readonly names: readonly string[] };
  'step.started': { readonly step: StepId; readonly attempt: number };
  'step.intended': {
    readonly step: StepId;
    readonly attempt: number;
    readonly changes: readonly Change[];
    /** Of the params that it is about to act with. */
    readonly paramsDigest?: string;
  };
  'step.finished': {
    readonly step: StepId;
    readonly attempt: number;
    readonly outcome: Outcome;
    readonly carried?: Carried;
    readonly failure?: Failure;
    /** It did act, but with other params than are wanted by now: it is still to be done. */
    readonly outdated?: true;
    readonly notes?: readonly string[];
    /** `<step type> <target>` that came into being, or went, by this step. */
    readonly made?: readonly string[];
    readonly unmade?: readonly string[];
  };
  'run.stopped': { readonly reason: StopReason };
  /** `finish`: the recipe's closing words, filled in. */
  'run.finished': { readonly outcome: 'ok' | 'abandoned'; readonly finish?: string };
}

export type EventType = keyof EventMap;

/** An event before it is numbered and chained. */
export type EventBody = { [K in EventType]: Readonly<EventMap[K]> & { readonly type: K } }[EventType];

/** One line of the journal. */
export type JournalEvent = EventBody & {
  readonly v: 1;
  /** Counted from 1, without gaps. */
  readonly seq: number;
  /** ISO 8601, UTC, milliseconds. */
  readonly at: string;
  /** The line before's `sum`; 64 zeros on the first line. */
  readonly prev: string;
  /** SHA-256 over `prev` and this line up to here. */
  readonly sum: string;
};

/** The event of one type. */
export type EventOf<K extends EventType> = Extract<JournalEvent, { readonly type: K }>;

/** Worth seeing, not worth keeping: dropping every one of these leaves the run state unchanged. */
export type LiveEvent =
  | { readonly type: 'step.output'; readonly step: StepId; readonly text: string }
  | {
      readonly type: 'step.progress';
      readonly step: StepId;
      readonly text: string;
      readonly done?: number;
      readonly of?: number;
      /** Of a check: how long it waits at most, and how much of that is left, in milliseconds. */
      readonly atMostMs?: number;
      readonly leftMs?: number;
    }
  /**
   * What the terminal of a program shows whose question is open: it can be taken (see `TerminalRequest`). `by`: the hand that it
   * is in. Without a picture it is not to be had any more. Only the last of these counts.
   */
  | {
      readonly type: 'step.terminal';
      readonly step: StepId;
      readonly question: string;
      readonly picture?: LentPicture;
      readonly by?: string;
    }
  /** The run itself waits, outside of any step: for what, in words. */
  | { readonly type: 'run.waiting'; readonly text: string }
  /** What came before was read from the journal; what follows happens now. */
  | { readonly type: 'feed.caught-up' };

/** How the redactor treats a field's strings. */
export type FieldClass =
  /** Ids, types, outcomes, digests: never rewritten. */
  | 'vocabulary'
  /** Inputs, answers, outputs: if the redactor would alter it, the append is refused as a bug. */
  | 'value'
  /** Redacted. */
  | 'text';

/** The class of a field, or of the fields inside it; `each` is for lists, `entries` for maps. */
export type FieldSpec =
  | FieldClass
  | { readonly each: FieldSpec }
  | { readonly entries: FieldSpec }
  | { readonly fields: Readonly<Record<string, FieldSpec>> };

const changes: FieldSpec = {
  each: {
    fields: {
      action: 'vocabulary',
      target: 'text',
      property: 'vocabulary',
      before: 'text',
      after: 'text',
      diff: 'text',
      secret: 'vocabulary',
      because: 'vocabulary',
    },
  },
};

const carried: FieldSpec = {
  fields: {
    run: 'vocabulary',
    paramsDigest: 'vocabulary',
    resultDigest: 'vocabulary',
    outputs: 'value',
    saw: 'vocabulary',
    left: { entries: 'vocabulary' },
    kept: { entries: 'vocabulary' },
  },
};

const failure: FieldSpec = {
  fields: {
    code: 'vocabulary',
    fault: 'vocabulary',
    message: 'text',
    hints: 'text',
    retryable: 'vocabulary',
    evidence: { fields: { argv: 'text', exit: 'vocabulary', tail: 'text' } },
  },
};

/** Every field of every event has a class; one without would not compile. */
export const eventFields: {
  readonly [K in EventType]: { readonly [F in keyof Required<EventMap[K]>]: FieldSpec };
} = {
  'run.started': {
    run: 'vocabulary',
    kind: 'vocabulary',
    deployment: 'vocabulary',
    vault: 'vocabulary',
    recipe: 'vocabulary',
    fairlead: 'vocabulary',
    inputs: 'value',
    options: 'vocabulary',
    hosts: 'vocabulary',
    who: 'vocabulary',
    steps: 'vocabulary',
    carried: { entries: carried },
    made: 'text',
    changedInputs: 'vocabulary',
    orphans: 'vocabulary',
    rotates: 'vocabulary',
    untold: 'vocabulary',
  },
  'run.resumed': {
    pid: 'vocabulary',
    fairlead: 'vocabulary',
    inputs: 'value',
    changedInputs: 'vocabulary',
    from: 'vocabulary',
    redo: 'vocabulary',
  },
  'plan.forecast': {
    forecast: {
      each: {
        fields: {
          step: 'vocabulary',
          changes,
          waitsFor: 'vocabulary',
          skipped: 'vocabulary',
          drift: 'vocabulary',
          kept: 'text',
          invalidatedBy: 'vocabulary',
          adopts: { each: { fields: { secret: 'vocabulary', rotates: 'vocabulary', path: 'text', volume: 'text' } } },
          notes: 'text',
        },
      },
    },
  },
  'question.asked': {
    question: {
      fields: {
        id: 'vocabulary',
        about: 'vocabulary',
        step: 'vocabulary',
        attempt: 'vocabulary',
        data: 'text',
        takes: 'vocabulary',
        refused: 'vocabulary',
      },
    },
  },
  'question.answered': { id: 'vocabulary', answer: 'value', by: 'vocabulary' },
  'secret.generated': { name: 'vocabulary', fingerprint: 'vocabulary', rotates: 'vocabulary' },
  'secret.staged': { fingerprints: { entries: 'vocabulary' } },
  'secret.committed': { names: 'vocabulary' },
  'secret.withdrawn': { names: 'vocabulary' },
  'step.started': { step: 'vocabulary', attempt: 'vocabulary' },
  'step.intended': { step: 'vocabulary', attempt: 'vocabulary', changes, paramsDigest: 'vocabulary' },
  'step.finished': {
    step: 'vocabulary',
    attempt: 'vocabulary',
    outcome: 'vocabulary',
    carried,
    failure,
    outdated: 'vocabulary',
    notes: 'text',
    made: 'text',
    unmade: 'text',
  },
  'run.stopped': { reason: 'vocabulary' },
  'run.finished': { outcome: 'vocabulary', finish: 'text' },
};
