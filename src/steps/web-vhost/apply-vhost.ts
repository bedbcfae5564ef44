import { fail } from '../../model/failure.ts';
import { SecretText } from '../../model/secrets.ts';
import type { ApplyContext } from '../../model/step.ts';
import { checkConfig, type Verdict } from './check-config.ts';
import type { VhostState } from './look.ts';
import { moduleLinks, withModulesAndInclude, withoutInclude } from './modules.ts';
import type { VhostParams } from './params.ts';
import { requireFit } from './preflight.ts';
import { brokenBefore, isOwn, nameTaken, notReloaded, refused } from './refusals.ts';
import { lastWords, reloadServer, runningServer, startAgain } from './running-server.ts';
import { forgetWayBack, goBack, keepWayBack, makeLinks, type WayBack } from './way-back.ts';

/**
 * Writes and enables the virtual host, has the server check it, and reloads the server if it runs. Whatever goes wrong before the
 * reload has taken, what was there is put back.
 */
export async function putVhost(params: VhostParams, ctx: ApplyContext, state: VhostState): Promise<void> {
  const { layout, wanted = '', found } = state;
  ctx.signal.throwIfAborted();
  requireServer(params, state);
  const text = await ctx.reveal(wanted);
  await requireFit(params, state, text, (await runningServer(layout, ctx)) !== undefined, ctx);
  const links = new Map(layout.kind === 'sites' ? await moduleLinks(state.modules, layout, ctx) : []);
  if (layout.link !== undefined && !state.enabled) links.set(layout.link, `../sites-available/${params.name}.conf`);
  const main = layout.kind === 'sites' ? undefined : await editedMain(state);
  if (found !== undefined && !state.same) await ctx.backUp(layout.file, found.bytes);

  ctx.signal.throwIfAborted();
  const way = await keepWayBack(
    layout,
    [layout.file, ...(main === undefined ? [] : [layout.main])],
    { makes: [...links.keys()] },
    state.cutOff,
    ctx,
  );
  await orGoBack(way, state, ctx, async () => {
    const secret = wanted instanceof SecretText;
    const { mode = 0o644, uid = 0, gid = 0 } = found?.stat ?? {};
    const bits = secret ? mode & ~0o077 : mode;
    // Before its link: a reload by somebody else must never find a link that leads nowhere.
    if (!state.same) await ctx.host.files([{ op: 'write', path: layout.file, data: wanted, mode: bits, uid, gid }]);
    await makeLinks(links, ctx);
    if (main !== undefined) await writeMain(main);
    await requireAccepted(params, state, text, way, ctx);
  });
  await reload(params, state, way, ctx);

  async function editedMain({ enabled, modules }: VhostState): Promise<string | undefined> {
    if (enabled && modules.length === 0) return undefined;
    const [bytes] = await ctx.host.files([{ op: 'read', path: layout.main }]);
    const include = enabled || params.server === 'nginx' ? undefined : layout.file;
    return withModulesAndInclude(new TextDecoder().decode(bytes), modules, include);
  }

  async function writeMain(edited: string): Promise<void> {
    const [stat, bytes] = await ctx.host.files([
      { op: 'stat', path: layout.main },
      { op: 'read', path: layout.main },
    ]);
    if (stat === undefined || bytes === undefined) return;
    await ctx.backUp(layout.main, bytes);
    await ctx.host.files([{ op: 'write', path: layout.main, data: edited, mode: stat.mode, uid: stat.uid, gid: stat.gid }]);
  }
}

/** Takes the virtual host away, has the server check that nothing else needed it, and reloads the server if it runs. */
export async function removeVhost(params: VhostParams, ctx: ApplyContext, state: VhostState): Promise<void> {
  const { layout, found, enabled } = state;
  ctx.signal.throwIfAborted();
  if (found !== undefined) await ctx.backUp(layout.file, found.bytes);
  const [main] =
    layout.kind === 'included' && enabled && params.server === 'apache'
      ? await ctx.host.files([{ op: 'read', path: layout.main }])
      : [];
  const removes =
    layout.link === undefined || !enabled ? {} : { removes: { path: layout.link, to: `../sites-available/${params.name}.conf` } };
  const way = await keepWayBack(
    layout,
    [layout.file, ...(main === undefined ? [] : [layout.main])],
    { makes: [], ...removes },
    state.cutOff,
    ctx,
  );
  await orGoBack(way, state, ctx, async () => {
    if (layout.link !== undefined) await ctx.host.files([{ op: 'remove', path: layout.link }]);
    if (main !== undefined) {
      const [stat] = await ctx.host.files([{ op: 'stat', path: layout.main }]);
      const { mode = 0o644, uid = 0, gid = 0 } = stat ?? {};
      const data = withoutInclude(new TextDecoder().decode(main), layout.file);
      await ctx.host.files([{ op: 'write', path: layout.main, data, mode, uid, gid }]);
    }
    await ctx.host.files([{ op: 'remove', path: layout.file }]);
    if (layout.program !== undefined) await requireAccepted(params, state, '', way, ctx);
  });
  await reload(params, state, way, ctx);
}

function requireServer({ server, name, program }: VhostParams, { layout }: VhostState): void {
  if (layout.program !== undefined) return;
  throw fail('vhost.no-server', `${server} is not installed on this host, so that the virtual host ${name} can't be checked.`, {
    hints: [program === undefined ? `Install it, with a step host.package before this one.` : `There is no ${program}.`],
  });
}

/** Stopped, or failed, before the check has passed: then nothing unchecked stays behind. */
async function orGoBack(way: WayBack, { layout }: VhostState, ctx: ApplyContext, act: () => Promise<void>): Promise<void> {
  try {
    await act();
  } catch (error) {
    await goBack(way, ctx);
    await forgetWayBack(layout, ctx);
    throw error;
  }
}

/** Throws what the server has against its configuration, after a look whether it was so before us. */
async function requireAccepted(
  params: VhostParams,
  state: VhostState,
  text: string,
  way: WayBack,
  ctx: ApplyContext,
): Promise<void> {
  ctx.signal.throwIfAborted();
  const verdict = await checkConfig(params, state.layout, ctx);
  if (verdict.ok) {
    const clash = clashIn(params, verdict);
    if (clash !== undefined) throw nameTaken(params, verdict, clash);
    return;
  }
  await goBack(way, ctx);
  const before = await checkConfig(params, state.layout, ctx);
  const wasBroken = !before.ok && (before.at === undefined || !isOwn(before.at.file, state));
  throw wasBroken ? brokenBefore(params, state, before) : refused(params, state, verdict, text);
}

/** nginx only warns of two server blocks with one name, and ignores one of them. */
function clashIn({ server, hostname, aliases = [] }: VhostParams, { words }: Verdict): string | undefined {
  if (server !== 'nginx' || hostname === undefined) return undefined;
  const names = [hostname, ...aliases];
  return words.find((word) => names.includes(/conflicting server name "([^"]*)"/.exec(word)?.[1] ?? ''));
}

async function reload(params: VhostParams, state: VhostState, way: WayBack, ctx: ApplyContext): Promise<void> {
  const { layout } = state;
  const server = await runningServer(layout, ctx);
  if (server === undefined) {
    ctx.output(`${params.server} does not run: it will find the change when it is started`);
    await forgetWayBack(layout, ctx);
    return;
  }
  const reloaded = await reloadServer(params, layout, server, ctx);
  if (reloaded !== 'taken') {
    const tail = await lastWords(layout, ctx);
    await goBack(way, ctx);
    // Not before it answers again: a server that ran must run.
    if (reloaded === 'died') await startAgain(params, layout, ctx);
    // Perhaps it was only slow: what runs and what lies on the disk are to be the same again.
    else await reloadServer(params, layout, server, ctx, 0);
    await forgetWayBack(layout, ctx);
    throw notReloaded(params, reloaded, tail, (await runningServer(layout, ctx)) !== undefined);
  }
  ctx.output(`${params.server} runs with the new configuration`);
  await forgetWayBack(layout, ctx);
}
