import type { DeployedContainer } from '../../../model/terminals.ts';
import { type Typing, untyped } from '../embedded/program-keys.ts';
import type { ProgramNow } from '../embedded/program-session.ts';
import { type Loaded, loading } from '../loaded.ts';

/** The containers of a deployment, and a shell in one of them. */
export interface ContainersState {
  readonly kind: 'containers';
  readonly deployment: string;
  readonly containers: Loaded<readonly DeployedContainer[]>;
  readonly cursor: number;
  /** Counts the shells that were opened on this page: what is told of another one is of the past. */
  readonly opened: number;
  /** The shell in front; absent: the list. */
  readonly shell?: {
    readonly name: string;
    readonly typing: Typing;
    readonly now: ProgramNow;
  };
}

/** The page before it is known what there is. */
export function containersOf(deployment: string): ContainersState {
  return { kind: 'containers', deployment, containers: loading, cursor: 0, opened: 0 };
}

/** The page with a shell that is being opened. */
export function withShell(state: ContainersState, name: string): ContainersState {
  return { ...state, opened: state.opened + 1, shell: { name, typing: untyped, now: { status: 'opening' } } };
}

/** The page with its list in front. */
export function withoutShell({ shell: _, ...list }: ContainersState): ContainersState {
  return list;
}
