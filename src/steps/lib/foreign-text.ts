import { MASK } from '../../model/secrets.ts';
import type { ReadContext } from '../../model/step.ts';

/**
 * Is this part of a file (as `managed` names it) somebody else's: did this step never leave it as it is wanted? Then any of it
 * may be a password that we know nothing of, under whatever name, and it is not shown.
 */
export function isForeign({ carried }: ReadContext, part: string): boolean {
  return carried?.left?.[part] === undefined;
}

/** What may stand before a value: a name, quoted or not, an item's dash before it. */
const NAMED = /^(\s*)((?:[-*]\s+)?["']?[A-Za-z_][\w.-]{0,39}["']?)(\s*[:=]\s*|\s+)(.*)$/;
const COMMENT = /^(\s*(?:#|;|\/\/|--(?=\s)))/;
/** `[server]`, `}`, `---`: what gives a file its shape. */
const SHAPE = /^\s*(?:\[[A-Za-z][\w .-]*\]|[{}()[\],;\s]*|---)$/;

/** A line of somebody else's file as it may be shown: its name, and nothing of what stands behind it. */
export function foreignLine(line: string): string {
  const returned = line.endsWith('\r');
  return `${keyOnly(returned ? line.slice(0, -1) : line)}${returned ? '␍' : ''}`;
}

function keyOnly(line: string): string {
  if (SHAPE.test(line)) return line;
  const comment = COMMENT.exec(line)?.[1];
  if (comment !== undefined) return `${comment} ${MASK}`;
  const [, indent = /^\s*/.exec(line)?.[0] ?? '', name, joint = '', rest = ''] = NAMED.exec(line) ?? [];
  // `QUJD=` is no name without a value, but the end of some base64.
  if (name === undefined || (joint.includes('=') && /^=*$/.test(rest))) return `${indent}${MASK}`;
  if (rest === '') return joint.includes(':') ? `${indent}${name}:` : `${indent}${MASK}`;
  return `${indent}${name}${joint.trim() === '' ? ' ' : joint}${MASK}`;
}
