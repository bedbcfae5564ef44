import type { Json } from '../../model/json.ts';
import type { Change, StepType } from '../../model/step.ts';
import { putRelay } from './apply-relay.ts';
import { formerService, lookAtRelay, type RelayState, SERVICE, serviceText } from './look.ts';
import { portOf, type RelayParams, relaySchema, targetOf } from './params.ts';
import { MASTER } from './postconf.ts';
import { removeRelay } from './remove-relay.ts';
import { othersOf, wantedOptions } from './settings.ts';

/**
 * `mail.relay`: this host's Postfix passes mail on for those who log in, after STARTTLS and with a login only. What it does
 * otherwise, on port 25 above all, stays as it is; `absent` gives back the former configuration.
 */
export const mailRelay: StepType<RelayParams, RelayState> = {
  name: 'mail.relay',
  summary: "This host's Postfix takes mail from programs that log in, with STARTTLS, and passes it on.",
  schema: relaySchema,
  removal: { targets: (params) => [targetOf(params)] },
  needs: () => ['root'],
  whenInDoubt: () => 'read-again',

  read: (params, ctx) => lookAtRelay(params, ctx),

  diff(params, state) {
    if (params.ensure === 'absent') return changesToRemove(params, state);
    return state.share === undefined ? [creation(params, state)] : changesToHave(params, state);
  },

  managed(params, state) {
    if (params.ensure === 'absent' || state.share === undefined) return [];
    const text = serviceText(state, wantedOptions(params).keys());
    return text === undefined ? [] : [{ file: MASTER, part: SERVICE, text, asWanted: state.service.length === 0 }];
  },

  notes(params, state) {
    const { made, share, postfix, record } = state;
    if (params.ensure !== 'absent') {
      const only = postfix?.main.get('inet_interfaces') ?? '';
      return /^(loopback-only|localhost|127\.0\.0\.1)$/.test(only)
        ? [`Postfix listens for this host alone (inet_interfaces = ${only}): containers can't reach it`]
        : [];
    }
    if (!made || record === undefined)
      return postfix?.service === undefined ? [] : ['kept: how Postfix takes mail was here before'];
    return share !== undefined && othersOf(params, record).length > 0
      ? ['kept: others send through this host, too; only this login goes']
      : [];
  },

  async apply(params, _, ctx, state) {
    await (params.ensure === 'absent' ? removeRelay(params, ctx, state) : putRelay(params, ctx, state));
    return undefined;
  },
};

function creation(params: RelayParams, { due }: RelayState): Change {
  const { hostname, networks, domains, relayhost } = params;
  const after: { [name: string]: Json } = {
    port: portOf(params),
    ...(hostname === undefined ? {} : { hostname }),
    ...(networks === undefined ? {} : { networks }),
    ...(domains === undefined ? {} : { domains }),
    ...(relayhost === undefined ? {} : { relayhost: relayhost.host }),
  };
  return { action: 'create', target: targetOf(params), after, secret: true, ...(due.length > 0 ? { because: due } : {}) };
}

function changesToHave(params: RelayParams, state: RelayState): readonly Change[] {
  const { main, service, sasl, account, login, running, cutOff, due, postfix } = state;
  const target = targetOf(params);
  const update = (property: string, before?: Json, after?: Json): Change => ({
    action: 'update',
    target,
    property,
    ...(before === undefined ? {} : { before }),
    ...(after === undefined ? {} : { after }),
  });
  const changes: Change[] = [];
  const former = formerService(params, state);
  if (service === 'missing') changes.push(update('port', former, portOf(params)));
  else for (const { name, before, after } of service) changes.push(update(`${postfix?.service?.name} ${name}`, before, after));
  for (const { name, before, after } of main) changes.push(update(name, before, after));
  if (!sasl.same) changes.push(update(sasl.file));
  if (sasl.switchedOff || !sasl.enabled) changes.push(update('saslauthd', 'off at boot', 'on at boot'));
  if (!sasl.running) changes.push(update('saslauthd', 'stopped', 'running'));
  if (sasl.joins) changes.push(update('group', undefined, 'sasl'));
  if (login?.same === false) changes.push({ ...update('relayhost login'), secret: true });
  if (!account.same) changes.push({ ...update('password'), secret: true });
  if (!running) changes.push(update('postfix', 'stopped', 'running'));
  if (changes.length > 0 || (!cutOff && due.length === 0)) return changes;
  return [{ action: 'run', target, property: 'reload', ...(due.length > 0 ? { because: due } : {}) }];
}

function changesToRemove(params: RelayParams, { made, record }: RelayState): readonly Change[] {
  const there = record?.shares[params.account.user] !== undefined;
  return made && there ? [{ action: 'delete', target: targetOf(params) }] : [];
}
