import type { Failure } from '../../model/failure.ts';
import type { PageState } from './app-state.ts';
import type { Key } from './key.ts';
import type { News } from './news.ts';

/** All that can happen to the app. */
export type Message =
  | { readonly kind: 'key'; readonly key: Key }
  /** What the terminal sent while a page takes it as it comes. */
  | { readonly kind: 'typed'; readonly piece: string }
  /** The terminal has another size. */
  | { readonly kind: 'resized' }
  | { readonly kind: 'news'; readonly news: News }
  | { readonly kind: 'tick'; readonly now: number }
  /** A page comes to the front, above the others or in the place of the one in front. */
  | { readonly kind: 'open'; readonly page: PageState; readonly instead?: true }
  | { readonly kind: 'back' }
  /** All pages but the first go. */
  | { readonly kind: 'home' }
  | { readonly kind: 'trouble'; readonly failure: Failure }
  | { readonly kind: 'notice'; readonly text: string }
  | { readonly kind: 'busy'; readonly what: string | undefined }
  | { readonly kind: 'mouse'; readonly on: boolean }
  | { readonly kind: 'copied'; readonly what: string; readonly text: string };
