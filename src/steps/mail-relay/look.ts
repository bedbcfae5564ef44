import type { Text } from '../../model/secrets.ts';
import { joinTexts } from '../../model/secrets.ts';
import type { ReadContext } from '../../model/step.ts';
import type { StepId } from '../../model/step-id.ts';
import { readAccounts } from '../lib/accounts.ts';
import { type Account, lookAtAccount, SHADOW } from './account.ts';
import { portOf, type RelayParams, requireSound, targetOf } from './params.ts';
import { MAIN, type Postfix, readPostfix } from './postconf.ts';
import { parseRecord, RECORD, type RelayRecord, type Share } from './record.ts';
import { runningPostfix } from './running-postfix.ts';
import { lookAtSasl, type Sasl } from './sasl.ts';
import { type Difference, mainDifferences, othersOf, RELAYHOST_LOGIN, serviceDifferences, serviceName } from './settings.ts';

/** The part of a file that is managed: the service that takes mail. */
export const SERVICE = 'service';

/** What one look at the relay found. */
export interface RelayState {
  /** Undefined where Postfix is not there (yet). */
  readonly postfix?: Postfix;
  readonly sasl: Sasl;
  readonly account: Account;
  readonly record?: RelayRecord;
  /** What this login has of the relay, once it has been brought about. */
  readonly share?: Share;
  readonly running: boolean;
  /** Settings that differ from what they should be; `service`: there is none yet. */
  readonly main: readonly Difference[];
  readonly service: readonly Difference[] | 'missing';
  /** The login at the relayhost, as it should stand in its file; and whether it does. */
  readonly login?: { readonly text: Text | undefined; readonly same: boolean };
  /** An earlier attempt was cut off. */
  readonly cutOff: boolean;
  readonly made: boolean;
  readonly due: readonly StepId[];
}

/** Looks at Postfix, at saslauthd and at the login. Changes nothing. */
export async function lookAtRelay(params: RelayParams, ctx: ReadContext): Promise<RelayState> {
  const gone = params.ensure === 'absent';
  if (!gone) requireSound(params);
  const [ours, login, shadow, main] = await ctx.host.files([
    { op: 'read', path: RECORD },
    { op: 'read', path: RELAYHOST_LOGIN },
    { op: 'read', path: SHADOW },
    { op: 'stat', path: MAIN },
  ]);
  const record = parseRecord(ours);
  const share = record?.shares[params.account.user];
  const accounts = await readAccounts(ctx);
  const postfix = main === undefined ? undefined : await readPostfix(portOf(params), ctx);
  const sasl = await lookAtSasl(postfix?.queue ?? '', accounts, ctx);
  const kept = ctx.kept?.has(SERVICE) === true;
  return {
    ...(postfix && { postfix }),
    sasl,
    account: await lookAtAccount(params, share, accounts, shadow, ctx),
    ...(record && { record }),
    ...(share?.done === true && { share }),
    running: postfix !== undefined && (await runningPostfix(postfix.queue, ctx)) !== undefined,
    main: gone || postfix === undefined ? [] : mainDifferences(params, postfix, record),
    service: gone || kept ? [] : (serviceDifferences(params, postfix?.service, sasl.inside) ?? 'missing'),
    login: await lookAtLogin(params, record, login, ctx),
    cutOff: record?.attempt !== undefined,
    made: ctx.made(targetOf(params)),
    due: ctx.due,
  };
}

async function lookAtLogin(
  params: RelayParams,
  record: RelayRecord | undefined,
  bytes: Uint8Array | undefined,
  ctx: ReadContext,
): Promise<NonNullable<RelayState['login']>> {
  const { relayhost } = params;
  if (relayhost?.user === undefined) {
    const needed = othersOf(params, record).some((share) => share.relayhost);
    return { text: undefined, same: bytes === undefined || needed };
  }
  const { host, port = 587, user, password = '' } = relayhost;
  const text = joinTexts([`[${host}]:${port} ${user}:`, password, '\n']);
  return { text, same: bytes !== undefined && (await ctx.secrets.matches(text, bytes)) };
}

/** The service as `managed` shows it: what is set of that which this step sets. */
export function serviceText({ postfix }: RelayState, names: Iterable<string>): string | undefined {
  const service = postfix?.service;
  if (service === undefined) return undefined;
  const options = [...names].map((name) => `${name}=${service.options.get(name) ?? ''}`);
  return [service.fields, ...options].join('\n');
}

/** The port that Postfix leaves when another is wanted. */
export function formerService(params: RelayParams, { record, postfix }: RelayState): string | undefined {
  const { service } = record ?? {};
  const others = Object.keys(record?.shares ?? {}).some((user) => user !== params.account.user);
  return service === undefined || service === serviceName(params, postfix) || others ? undefined : service;
}
