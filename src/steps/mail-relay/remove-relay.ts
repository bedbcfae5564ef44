import type { ApplyContext } from '../../model/step.ts';
import { takePassword } from './account.ts';
import type { RelayState } from './look.ts';
import type { RelayParams } from './params.ts';
import { edit, MAIN, MASTER, type Postfix, readPostfix } from './postconf.ts';
import { type Attempt, digestOf, filesNow, keepRecord, putBack, type RelayRecord } from './record.ts';
import { requireAccepted } from './refusals.ts';
import { runAnew, runningPostfix } from './running-postfix.ts';
import { forgetLogins, leaveAsBefore, leaveGroup } from './sasl.ts';
import { isRelayhostSetting, othersOf, RELAYHOST_LOGIN, SELF, SELF_NAMES, sameNetwork, withNames, wordsOf } from './settings.ts';
import { orGoBack, takeBack } from './way-back.ts';

/**
 * Takes away what this login has of the relay; with the last one, all that fairlead changed of Postfix. A file that nobody else
 * changed is what it was, byte for byte; in one that somebody did, just our settings go.
 */
export async function removeRelay(params: RelayParams, ctx: ApplyContext, { record: found }: RelayState): Promise<void> {
  ctx.signal.throwIfAborted();
  if (found?.attempt !== undefined) await takeBack(found.attempt, ctx);
  const record = found?.attempt === undefined ? found : found.attempt.record;
  const { user } = params.account;
  const share = record?.shares[user];
  const [main] = await ctx.host.files([{ op: 'stat', path: MAIN }]);
  const postfix = main === undefined ? undefined : await readPostfix(0, ctx);
  if (record !== undefined && share !== undefined) {
    const last = othersOf(params, record).length === 0;
    const attempt: Attempt = { files: await filesNow(Object.keys(record.files), ctx), record, joins: false };
    await keepRecord({ ...record, attempt }, ctx);
    await orGoBack(attempt, ctx, async () => {
      if (last) await giveBack(record, attempt, postfix, ctx);
      else await withdraw(params, record, postfix, ctx);
      if (postfix !== undefined) await requireAccepted(attempt, ctx);
    });
  }
  if (postfix !== undefined && (await runningPostfix(postfix.queue, ctx)) !== undefined) {
    if (!(await runAnew(postfix.queue, undefined, ctx))) ctx.output('Postfix did not reload: look whether it runs');
  }
  if (record === undefined || share === undefined) return;
  await takePassword(user, share.locked, ctx);
  const { [user]: gone, ...shares } = record.shares;
  const isLast = Object.keys(shares).length === 0;
  // With the last one saslauthd is stopped where it did not run before, and its settings may not let it start any more.
  if (!isLast || record.saslauthd?.running !== false) await forgetLogins(ctx);
  if (!isLast) {
    await keepRecord({ ...(await leftNow(record, ctx)), shares }, ctx);
    return;
  }
  if (record.joined) await leaveGroup(ctx);
  if (record.saslauthd !== undefined) await leaveAsBefore(record.saslauthd, ctx);
  await keepRecord(undefined, ctx);
}

/** All that is ours goes, in each file. */
async function giveBack(record: RelayRecord, attempt: Attempt, postfix: Postfix | undefined, ctx: ApplyContext): Promise<void> {
  for (const [path, { before, left }] of Object.entries(record.files)) {
    const now = attempt.files[path] ?? null;
    if (now !== null) await ctx.backUp(path, Buffer.from(now.base64, 'base64'));
    if (left === digestOf(now) || path === RELAYHOST_LOGIN) await putBack({ [path]: before }, ctx);
    else if (path === MAIN && postfix !== undefined) await unset(record, Object.keys(record.main), postfix, record.shares, ctx);
    else if (path === MASTER && postfix !== undefined) {
      const { service } = record;
      if (service !== undefined && postfix.services.has(service)) await edit(ctx, '-MX', `${service}/inet`);
    } else ctx.output(`kept: ${path}, which somebody else changed since`);
  }
}

/** What only this login asked for goes; others send through this host, too. */
async function withdraw(
  params: RelayParams,
  record: RelayRecord,
  postfix: Postfix | undefined,
  ctx: ApplyContext,
): Promise<void> {
  const { user } = params.account;
  const others = othersOf(params, record);
  const own = record.shares[user];
  if (postfix === undefined || own === undefined) return;
  const share = {
    ...own,
    networks: own.networks.filter((each) => !others.some(({ networks }) => networks.includes(each))),
    domains: own.domains.filter((each) => !others.some(({ domains }) => domains.includes(each))),
  };
  const relayhost = own.relayhost && !others.some((other) => other.relayhost);
  const names = Object.keys(record.main).filter((name) => !isRelayhostSetting(name) || relayhost);
  await unset(record, names, postfix, { [user]: share }, ctx);
  if (relayhost) await ctx.host.files([{ op: 'remove', path: RELAYHOST_LOGIN }]);
}

/** Lists lose what these shares added; other settings are what they were. */
async function unset(
  record: RelayRecord,
  names: readonly string[],
  { main, destination }: Postfix,
  shares: RelayRecord['shares'],
  ctx: ApplyContext,
): Promise<void> {
  for (const name of names) {
    const before = record.main[name] ?? null;
    const now = main.get(name);
    const wrote = record.wrote?.[name];
    const networks = name === 'mynetworks';
    if (networks || name === 'mydestination') {
      if (now === undefined) continue;
      const ours = Object.values(shares).flatMap((share) => (networks ? share.networks : share.domains));
      const after = withNames(networks ? now : destination, [], ours, networks ? sameNetwork : (a, b) => a === b);
      if (before === null && areSame(after, networks ? SELF : SELF_NAMES)) await edit(ctx, '-X', name);
      else if (after !== now) await edit(ctx, '-e', `${name}=${after}`);
    } else if (wrote !== undefined && wrote !== (now ?? null)) {
      ctx.output(`kept: ${name} in ${MAIN}, which somebody else set since`);
    } else if (before === null) {
      if (now !== undefined) await edit(ctx, '-X', name);
    } else if (before !== now) await edit(ctx, '-e', `${name}=${before}`);
  }
}

function areSame(a: string, b: string): boolean {
  return wordsOf(a).join(' ') === wordsOf(b).join(' ');
}

/** Files that were as we left them are so again. */
async function leftNow(record: RelayRecord, ctx: ApplyContext): Promise<RelayRecord> {
  const now = await filesNow(Object.keys(record.files), ctx);
  const files = Object.entries(record.files).map(
    ([path, file]) => [path, file.left === 'edited' ? file : { ...file, left: digestOf(now[path]) }] as const,
  );
  return { ...record, files: Object.fromEntries(files) };
}
