import { fail } from '../../model/failure.ts';
import type { ApplyContext } from '../../model/step.ts';
import { pairFault } from '../lib/certificate-pair.ts';
import { takenPorts } from '../lib/taken-ports.ts';
import { requireMailOnly, requireOneLine, setPassword } from './account.ts';
import { formerService, lookAtRelay, type RelayState } from './look.ts';
import { portOf, type RelayParams } from './params.ts';
import { edit, MAIN, MASTER, type Postfix } from './postconf.ts';
import { type Attempt, digestOf, filesNow, keepRecord, type RelayRecord, type Share } from './record.ts';
import { noPostfix, notReloaded, requireAccepted } from './refusals.ts';
import { lastWords, runAnew, runningPostfix } from './running-postfix.ts';
import { DEFAULTS, letAsk, requireOwnSasl, requireSasl, switchedOn } from './sasl.ts';
import {
  asPostfixHasIt,
  othersOf,
  RELAYHOST_LOGIN,
  requireFree,
  SELF,
  sameNetwork,
  serviceName,
  wantedFields,
  wantedOptions,
  wordsOf,
} from './settings.ts';
import { goBack, orGoBack, takeBack } from './way-back.ts';

const NOTHING: RelayRecord = { files: {}, main: {}, joined: false, shares: {} };

/**
 * Sets up what differs, has Postfix check it, and has it read anew, or starts it. Whatever goes wrong before Postfix runs with
 * it, all that was there is put back.
 */
export async function putRelay(params: RelayParams, ctx: ApplyContext, found: RelayState): Promise<void> {
  ctx.signal.throwIfAborted();
  // An attempt that was cut off is taken back first: what it left is not told from what others wrote.
  const former = found.record?.attempt === undefined ? new Set() : await takeBack(found.record.attempt, ctx);
  const state = found.cutOff ? await lookAtRelay(params, ctx) : found;
  const { postfix, sasl, account, record = NOTHING } = state;
  if (postfix === undefined) throw noPostfix();
  requireMailOnly(params, account);
  requireOneLine(params.account.user, await ctx.reveal(params.account.password ?? ''));
  if (params.relayhost?.password !== undefined) {
    requireOneLine(`${params.relayhost.user} at the relayhost`, await ctx.reveal(params.relayhost.password));
  }
  requireFree(params, postfix, sasl.inside, state.record);
  requireOwnSasl(sasl, record.files[sasl.file] !== undefined);
  await requireSasl(sasl, ctx);
  await requireFit(params, state, ctx);

  ctx.signal.throwIfAborted();
  const paths = changedFiles(params, state);
  const attempt: Attempt = {
    files: await filesNow(paths, ctx),
    ...(state.record && { record: state.record }),
    joins: sasl.joins,
    ...(sasl.running && sasl.enabled ? {} : { saslauthd: { running: sasl.running, enabled: sasl.enabled } }),
    ...(account.same ? {} : { login: { user: params.account.user, stored: account.stored ?? null } }),
  };
  const intended = recordOf(params, state, postfix, attempt);
  for (const [path, before] of Object.entries(attempt.files)) {
    // There is one backup of a path: of this one the attempt that was cut off has another already.
    if (before !== null && !former.has(path)) await ctx.backUp(path, Buffer.from(before.base64, 'base64'));
  }
  await keepRecord({ ...intended, attempt }, ctx);
  let password = intended.shares[params.account.user]?.password;
  await orGoBack(attempt, ctx, async () => {
    if (!account.same) password = await setPassword(params, ctx);
    await writeFiles(state, ctx);
    await editSettings(params, state, postfix, ctx);
    await letAsk(sasl, !account.same, ctx);
    await requireAccepted(attempt, ctx);
  });
  if (!(await runsWithIt(postfix, portOf(params), attempt, ctx))) {
    const tail = await lastWords(ctx);
    await goBack(attempt, ctx);
    // It may have been started, and run with what is not there any more.
    const isThere = state.running || (await runningPostfix(postfix.queue, ctx)) !== undefined;
    const runs = isThere && (await runAnew(postfix.queue, undefined, ctx));
    throw notReloaded(runs, tail);
  }
  ctx.output(`Postfix takes mail on port ${portOf(params)}, with STARTTLS and a login`);
  await keepRecord(await finished(params, intended, password, paths, ctx), ctx);
}

/** Where the run is stopped meanwhile, the next one finds the attempt; else a Postfix that can't be started is as it was. */
async function runsWithIt({ queue }: Postfix, port: number, attempt: Attempt, ctx: ApplyContext): Promise<boolean> {
  try {
    return await runAnew(queue, port, ctx);
  } catch (error) {
    if (!ctx.signal.aborted) await goBack(attempt, ctx);
    throw error;
  }
}

/** What Postfix's own check does not find. */
async function requireFit(params: RelayParams, { service }: RelayState, ctx: ApplyContext): Promise<void> {
  const { tls } = params;
  const fault = tls === undefined ? undefined : await pairFault(tls, ctx);
  if (fault !== undefined) {
    const { what, hint, cause } = fault;
    throw fail('mail.bad-certificate', `Postfix can't have this certificate: ${what}.`, { hints: [hint], cause });
  }
  const port = portOf(params);
  if (service !== 'missing' || !(await takenPorts(ctx))?.has(port)) return;
  throw fail('mail.port-taken', `Postfix is to take mail on port ${port}, and another program listens there.`, {
    fault: 'environment',
    hints: [`See who it is with \`ss -ltnp 'sport = :${port}'\`, and stop it, or choose another port.`],
  });
}

function changedFiles(params: RelayParams, state: RelayState): readonly string[] {
  const { main, service, sasl, login } = state;
  return [
    ...(main.length > 0 ? [MAIN] : []),
    ...(service === 'missing' || service.length > 0 || formerService(params, state) !== undefined ? [MASTER] : []),
    ...(sasl.same ? [] : [sasl.file]),
    ...(sasl.switchedOff ? [DEFAULTS] : []),
    ...(login?.same === false ? [RELAYHOST_LOGIN] : []),
  ];
}

/** What is known of the host before us, with what this attempt is about to change. */
function recordOf(params: RelayParams, state: RelayState, postfix: Postfix, attempt: Attempt): RelayRecord {
  const { record = NOTHING, main, service, account } = state;
  const { user } = params.account;
  const own = record.shares[user];
  const others = othersOf(params, record);
  // What was there before us is nobody's share: it stays when the last one goes.
  const share = (wanted: readonly string[], now: string, of: (share: Share) => readonly string[], same = isSame) =>
    wanted.filter(
      (each) => !wordsOf(now).some((word) => same(word, each)) || [own, ...others].some((one) => one && of(one).includes(each)),
    );
  const networks = (params.networks ?? []).map(asPostfixHasIt);
  const files = Object.entries(attempt.files).map(([path, before]) => {
    const known = record.files[path];
    if (known === undefined) return [path, { before, left: '' }] as const;
    // Somebody else changed it since: then what was there before us is no longer all that is not ours.
    return [path, known.left === digestOf(before) ? known : { ...known, left: 'edited' }] as const;
  });
  const former = formerService(params, state);
  const made = service === 'missing' ? serviceName(params, postfix) : former === undefined ? record.service : undefined;
  return {
    files: { ...record.files, ...Object.fromEntries(files) },
    main: { ...Object.fromEntries(main.map(({ name, before }) => [name, before ?? null])), ...record.main },
    wrote: { ...record.wrote, ...Object.fromEntries(main.map(({ name, after }) => [name, after ?? null])) },
    ...(made === undefined ? {} : { service: made }),
    joined: record.joined || attempt.joins,
    ...((record.saslauthd ?? attempt.saslauthd) && { saslauthd: record.saslauthd ?? attempt.saslauthd }),
    shares: {
      ...record.shares,
      [user]: {
        networks: share(networks, postfix.main.get('mynetworks') ?? SELF, (one) => one.networks, sameNetwork),
        domains: share(params.domains ?? [], postfix.destination, (one) => one.domains),
        relayhost: params.relayhost !== undefined,
        locked: own === undefined ? (account.stored ?? null) : own.locked,
        ...(own?.password && { password: own.password }),
        done: own?.done ?? false,
      },
    },
  };
}

async function writeFiles({ sasl, login }: RelayState, ctx: ApplyContext): Promise<void> {
  ctx.signal.throwIfAborted();
  const root = { uid: 0, gid: 0 };
  if (!sasl.same) {
    const folder = sasl.file.slice(0, sasl.file.lastIndexOf('/'));
    await ctx.host.files([
      { op: 'mkdir', path: folder, ...root },
      { op: 'write', path: sasl.file, data: sasl.wanted, mode: 0o644, ...root },
    ]);
  }
  if (sasl.switchedOff) {
    const [stat, bytes] = await ctx.host.files([
      { op: 'stat', path: DEFAULTS },
      { op: 'read', path: DEFAULTS },
    ]);
    const { mode = 0o644, uid = 0, gid = 0 } = stat ?? {};
    await ctx.host.files([{ op: 'write', path: DEFAULTS, data: switchedOn(new TextDecoder().decode(bytes)), mode, uid, gid }]);
  }
  if (login === undefined || login.same) return;
  if (login.text === undefined) await ctx.host.files([{ op: 'remove', path: RELAYHOST_LOGIN }]);
  else await ctx.host.files([{ op: 'write', path: RELAYHOST_LOGIN, data: login.text, mode: 0o600, ...root }]);
}

async function editSettings(params: RelayParams, state: RelayState, postfix: Postfix, ctx: ApplyContext): Promise<void> {
  const { main, service, sasl } = state;
  const set = main.flatMap(({ name, after }) => (after === undefined ? [] : [`${name}=${after}`]));
  const unset = main.flatMap(({ name, after }) => (after === undefined ? [name] : []));
  if (set.length > 0) await edit(ctx, '-e', ...set);
  if (unset.length > 0) await edit(ctx, '-X', ...unset);
  const name = serviceName(params, postfix);
  const former = formerService(params, state);
  if (service === 'missing') {
    const options = [...wantedOptions(params)].map(([option, value]) => ` -o ${option}=${value}`);
    await edit(ctx, '-M', `${name}/inet=${name} inet ${wantedFields(sasl.inside)}${options.join('')}`);
  } else {
    const [isPrivate, , chroot, , , command] = wantedFields(sasl.inside).split(' ');
    const at = (field: string): string => `${name}/inet/${field}`;
    const options = service.filter(({ of }) => of === 'option');
    const given = options.flatMap(({ name: option, after }) => (after === undefined ? [] : [`${at(option)}=${after}`]));
    const dropped = options.flatMap(({ name: option, after }) => (after === undefined ? [at(option)] : []));
    if (service.some(({ of }) => of === 'fields')) {
      await edit(ctx, '-F', `${at('private')}=${isPrivate}`, `${at('chroot')}=${chroot}`, `${at('command')}=${command}`);
    }
    if (given.length > 0) await edit(ctx, '-P', ...given);
    if (dropped.length > 0) await edit(ctx, '-PX', ...dropped);
  }
  if (former !== undefined) await edit(ctx, '-MX', `${former}/inet`);
}

async function finished(
  params: RelayParams,
  record: RelayRecord,
  password: Share['password'],
  paths: readonly string[],
  ctx: ApplyContext,
): Promise<RelayRecord> {
  const { user } = params.account;
  const now = await filesNow(paths, ctx);
  const files = paths.map((path) => {
    const known = record.files[path] ?? { before: null, left: '' };
    return [path, known.left === 'edited' ? known : { ...known, left: digestOf(now[path]) }] as const;
  });
  const share = record.shares[user];
  return {
    ...record,
    files: { ...record.files, ...Object.fromEntries(files) },
    ...(share && { shares: { ...record.shares, [user]: { ...share, ...(password && { password }), done: true } } }),
  };
}

function isSame(a: string, b: string): boolean {
  return a === b;
}
