import { SecretText } from '../../model/secrets.ts';
import type { Change, StepType } from '../../model/step.ts';
import { lineCount, textDiff } from '../lib/text-diff.ts';
import { putVhost, removeVhost } from './apply-vhost.ts';
import { CONTENT, lookAtVhost, targetOf, type VhostState } from './look.ts';
import { type VhostParams, vhostSchema } from './params.ts';
import { apacheModules } from './render-apache.ts';

/**
 * `web.vhost`: a virtual host of Apache or nginx. It is checked by the server itself before a reload, and taken back where it is
 * refused; a running server is never stopped for it.
 */
export const webVhost: StepType<VhostParams, VhostState> = {
  name: 'web.vhost',
  summary: 'A virtual host of Apache or nginx is there, switched on, and the running server has read it.',
  schema: vhostSchema,
  outputs: { file: 'The path of its file.' },
  removal: { targets: (params) => [targetOf(params)] },
  needs: () => ['root'],
  whenInDoubt: () => 'read-again',

  read: (params, ctx) => lookAtVhost(params, ctx),

  diff: (params, state) => (params.ensure === 'absent' ? changesToRemove(params, state) : changesToHave(params, state)),

  outputsOf: (_, { layout }) => ({ file: layout.file }),

  // Byte by byte: whoever edited it may have broken its encoding, too.
  managed: ({ ensure }, { layout, found, same }) =>
    ensure === 'absent' || found === undefined
      ? []
      : [{ file: layout.file, part: CONTENT, text: Buffer.from(found.bytes).toString('latin1'), asWanted: same }],

  notes(params, { found, made, layout }) {
    if (params.ensure !== 'absent') return [];
    if (found !== undefined && !made) return [`kept: ${layout.file} was here before`];
    return found !== undefined && params.server === 'apache'
      ? ["kept: Apache's modules stay switched on, since others may use them by now"]
      : [];
  },

  async apply(params, _, ctx, state) {
    await (params.ensure === 'absent' ? removeVhost(params, ctx, state) : putVhost(params, ctx, state));
    return undefined;
  },
};

function changesToHave(params: VhostParams, state: VhostState): readonly Change[] {
  const { found, same, enabled, modules, wanted = '', foreign, cutOff, due } = state;
  const target = targetOf(params);
  const because = due.length > 0 ? { because: due } : {};
  const text = wanted instanceof SecretText ? undefined : wanted;
  const shown = (before: string): Pick<Change, 'diff' | 'secret'> =>
    text === undefined ? { secret: true } : { diff: textDiff(before, text, foreign) };
  const size = text === undefined ? {} : { lines: lineCount(text) };
  if (found === undefined) {
    const needed = params.server === 'apache' ? apacheModules(params) : [];
    const after = { enabled: true, ...size, ...(needed.length > 0 ? { modules: needed } : {}) };
    return [{ action: 'create', target, after, ...shown(''), ...because }];
  }
  const changes: Change[] = [];
  const before = new TextDecoder().decode(found.bytes);
  if (!same)
    changes.push({
      action: 'update',
      target,
      property: CONTENT,
      before: { lines: lineCount(before) },
      after: size,
      ...shown(before),
    });
  if (!enabled) changes.push({ action: 'update', target, property: 'enabled', before: false, after: true });
  if (modules.length > 0) changes.push({ action: 'update', target, property: 'modules', after: modules });
  if (changes.length === 0 && (cutOff !== undefined || due.length > 0)) {
    changes.push({ action: 'run', target, property: 'reload', ...because });
  }
  return changes;
}

function changesToRemove(params: VhostParams, { found, made, cutOff }: VhostState): readonly Change[] {
  const target = targetOf(params);
  if (made && (found !== undefined || cutOff !== undefined)) return [{ action: 'delete', target }];
  return [];
}
