import type { RunContext } from './run-streamed.ts';

/** One look at a system service. */
export interface ServiceState {
  /** Is there a unit or script of this name? */
  readonly known: boolean;
  readonly running: boolean;
  /** Is it started at boot? `fixed`: other units decide that, and it can't be enabled or disabled. */
  readonly enabled: boolean | 'fixed';
}

/** What one init system can do; all but `state` as the argvs to run, in order. */
export interface InitCommands {
  state(ctx: LookContext, name: string): Promise<ServiceState>;
  start(name: string): readonly (readonly string[])[];
  stop(name: string): readonly (readonly string[])[];
  restart(name: string): readonly (readonly string[])[];
  enable(name: string, on: boolean): readonly (readonly string[])[];
  /** Prints the last lines of the service's own log, where the init system keeps one. */
  log?(name: string): readonly string[];
}

/** What looking takes. */
export type LookContext = Pick<RunContext, 'host' | 'signal'>;
