import type { Json } from '../../model/json.ts';
import { SecretText, type Text } from '../../model/secrets.ts';
import type { Change } from '../../model/step.ts';
import { modeBits, shownMode } from '../lib/file-modes.ts';
import { owns, shownIds } from '../lib/owners.ts';
import { lineCount, textDiff } from '../lib/text-diff.ts';
import type { FileParams } from './params.ts';
import { CONTENT, contentOf, type FileState } from './read-file.ts';

/** Everybody but the owner. */
const OTHERS = 0o077;

/** Pure: what differs between the wanted file and the one that is there. */
export function diffFile(params: FileParams, state: FileState): readonly Change[] {
  const { path: target } = params;
  const { stat, owner, made } = state;
  if (params.ensure === 'absent') return stat !== undefined && made ? [{ action: 'delete', target }] : [];
  const content = contentOf(params);
  if (stat === undefined) {
    const after = { ...(owner && { owner: owner.given }), mode: shownMode(wantedMode(params, state)), ...size(params, content) };
    return [{ action: 'create', target, after, ...shownContent(params, '', content, false) }];
  }
  const changes: Change[] = [];
  if (!state.same) changes.push({ action: 'update', target, property: CONTENT, ...contentChange(params, state, content) });
  if (owner !== undefined && !owns(owner, stat)) {
    changes.push({ action: 'update', target, property: 'owner', before: shownIds(stat, owner.given), after: owner.given });
  }
  const mode = wantedMode(params, state);
  if (mode !== stat.mode) {
    changes.push({ action: 'update', target, property: 'mode', before: shownMode(stat.mode), after: shownMode(mode) });
  }
  return changes;
}

/** Permission bits: as given; else those that are there, but nobody else's where the content holds a secret. */
export function wantedMode(params: FileParams, { stat }: FileState): number {
  if (params.mode !== undefined) return modeBits(params.mode);
  const secret = contentOf(params) instanceof SecretText;
  if (stat === undefined) return secret ? 0o600 : 0o644;
  return secret ? stat.mode & ~OTHERS : stat.mode;
}

function contentChange(
  params: FileParams,
  { bytes = new Uint8Array(), foreign }: FileState,
  content: Text,
): Pick<Change, 'before' | 'after' | 'diff' | 'secret'> {
  const before = params.decode === undefined ? textOf(bytes) : undefined;
  if (before === undefined) return { before: { bytes: bytes.length }, after: size(params, content), ...secretMark(content) };
  return {
    before: { lines: lineCount(before) },
    after: size(params, content),
    ...shownContent(params, before, content, foreign),
  };
}

function shownContent({ decode }: FileParams, before: string, content: Text, foreign: boolean): Pick<Change, 'diff' | 'secret'> {
  if (content instanceof SecretText) return { secret: true };
  const diff = decode !== undefined || content.includes('\0') ? '' : textDiff(before, content, foreign);
  return diff === '' ? {} : { diff };
}

function secretMark(content: Text): { secret?: true } {
  return content instanceof SecretText ? { secret: true } : {};
}

function size({ decode }: FileParams, content: Text): { readonly [key: string]: Json } {
  // How many bytes a secret has is the secret's own.
  if (decode !== undefined) return typeof content === 'string' ? { bytes: Buffer.byteLength(content, decode) } : {};
  if (typeof content !== 'string')
    return { lines: lineCount(content.parts.map((part) => (typeof part === 'string' ? part : 'x')).join('')) };
  return content.includes('\0') ? { bytes: new TextEncoder().encode(content).length } : { lines: lineCount(content) };
}

/** The bytes as text; undefined where they are none. */
function textOf(bytes: Uint8Array): string | undefined {
  if (bytes.includes(0)) return undefined;
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
