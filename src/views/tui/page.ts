import type { ReactElement } from 'react';
import type { Draft, Field, Typed } from '../../model/dispatch.ts';
import type { Style } from '../lib/style.ts';
import type { Intent } from './intent.ts';
import type { Key } from './key.ts';
import type { News } from './news.ts';

/** What a page sees of its surroundings besides its own state. */
export interface Around {
  /** The room for the page's body, in cells. */
  readonly columns: number;
  readonly rows: number;
  readonly style: Style;
  /** The wall clock, in milliseconds since the epoch. It stands still where nothing on the page runs. */
  readonly now: number;
  /** What is wrong with what was typed into a field; undefined where it will do. Quick, and changes nothing. */
  fault(field: Field, text: string): string | undefined;
  /** The fields of a draft that are asked for with what was typed so far, by name. Quick, and changes nothing. */
  asked(draft: Draft, typed: Typed): ReadonlySet<string>;
}

/** A key and what it does: the key bar and the list of all keys are drawn from these, and nothing else. */
export interface KeyHint {
  /** As the operator knows it: `Enter`, `Ctrl-R`, `/`, `↑↓` (written with `up-down`, see key-bar). */
  readonly key: string;
  /** In a word or two: `resume`. */
  readonly does: string;
  /** In a sentence, for the list of all keys; default: `does`. */
  readonly explain?: string;
  /** Only in the list of all keys. */
  readonly rare?: true;
}

/** A page's state after a key, and what is to be done besides. */
export interface Turn<S> {
  readonly state: S;
  readonly intents?: readonly Intent[];
}

/**
 * A kind of page as a value: how it draws, and what keys and news do to its state. All of it is pure: what it wants done it
 * says as intents, and the conductor does it. Its state is the page's own: cursor, scroll, focus, and what was loaded for it.
 */
export interface PageKind<S> {
  /** What the top line calls it. */
  title(state: S, around: Around): string;
  keys(state: S, around: Around): readonly KeyHint[];
  onKey(state: S, key: Key, around: Around): Turn<S>;
  onNews?(state: S, news: News, around: Around): Turn<S>;
  /** What is to be asked for when it comes to the front, the first time or again. */
  onShow?(state: S): readonly Intent[];
  /** Does time pass on it? Then it is drawn anew each second. */
  clockRuns?(state: S): boolean;
  /** Is text being typed: then `?` and letters are text, not commands. */
  takesText?(state: S): boolean;
  /** Is all that is typed meant for a program on the page? Then `onTyped` gets it, Ctrl-C too, and `onKey` nothing. */
  takesTyped?(state: S): boolean;
  /** What the terminal sent, as it came: see embedded/program-keys.ts. */
  onTyped?(state: S, piece: string, around: Around): Turn<S>;
  /** The page has another size: `around` has it. */
  onResized?(state: S, around: Around): Turn<S>;
  /** At most `around.rows` lines of `around.columns` cells. */
  readonly Body: (props: { readonly state: S; readonly around: Around }) => ReactElement;
}
