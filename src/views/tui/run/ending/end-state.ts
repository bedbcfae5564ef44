/** How far the operator is with the end of a run. */
export interface EndState {
  /** The first line shown of how it ended. */
  readonly top: number;
  /** The way to go on that is pointed at. */
  readonly cursor: number;
  /** It is being chosen what to copy: the one that is pointed at. */
  readonly copying?: number;
}

/** An ending that is looked at for the first time. */
export const endState: EndState = { top: 0, cursor: 0 };
