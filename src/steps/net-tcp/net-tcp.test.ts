import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { afterAll, expect, it } from 'vitest';
import { contextOf, createWorld, describeStepType, planStep } from '../../testing/step-bench.ts';
import { netTcp } from './net-tcp.ts';

const host = '127.0.0.1';
const server = createServer((socket) => socket.end()).listen(0, host);
const taken = createServer().listen(0, host);
await Promise.all([once(server, 'listening'), once(taken, 'listening')]);
const open = (server.address() as AddressInfo).port;
/** Nobody has it: it was just given back. */
const closed = (taken.address() as AddressInfo).port;
taken.close();
await once(taken, 'close');

afterAll(() => {
  server.close();
});

describeStepType(netTcp, [
  { law: 'holds where something listens', params: { host, port: open }, changes: [] },
  {
    law: 'does not hold where nobody listens',
    params: { host, port: closed },
    planOnly: true,
    changes: [
      { action: 'check', target: `${host}:${closed}`, before: `closed (connect ECONNREFUSED ${host}:${closed})`, after: 'open' },
    ],
  },
  { law: 'holds where nobody should listen and nobody does', params: { host, port: closed, ensure: 'absent' }, changes: [] },
  {
    law: 'does not hold where nobody should listen and somebody does',
    params: { host, port: open, ensure: 'absent' },
    planOnly: true,
    changes: [{ action: 'check', before: 'open', after: 'closed' }],
  },
]);

it('holds as soon as somebody listens', async () => {
  const ctx = contextOf(createWorld(), netTcp);
  const late = createServer();
  const params = { host, port: closed };
  expect(await planStep(netTcp, params, ctx)).toHaveLength(1);
  late.listen(closed, host);
  await once(late, 'listening');
  try {
    expect(await planStep(netTcp, params, ctx)).toEqual([]);
  } finally {
    late.close();
  }
});

it('stops at an abort', async () => {
  const signal = AbortSignal.abort(new Error('stopped by the operator'));
  const look = netTcp.read({ host, port: open }, { ...contextOf(createWorld(), netTcp), signal });
  await expect(look).rejects.toThrow('stopped by the operator');
});

it('writes an IPv6 address as URLs do', async () => {
  const params = { host: '::1', port: closed };
  expect(await planStep(netTcp, params, contextOf(createWorld(), netTcp))).toMatchObject([{ target: `[::1]:${closed}` }]);
});
