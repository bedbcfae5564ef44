import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { afterAll, expect, it } from 'vitest';
import { secretText } from '../../model/secrets.ts';
import { contextOf, convergeStep, createWorld, describeStepType, planStep } from '../../testing/step-bench.ts';
import { lookOnce } from './look-once.ts';
import { netHttp } from './net-http.ts';

const seen: { method: string | undefined; url: string | undefined; headers: IncomingMessage['headers']; body: string }[] = [];

const answers: Readonly<Record<string, RequestListener>> = {
  '/ok': (_, response) => response.end('pong \u001b]52;c;aGk=\u0007\n'),
  '/json': (_, response) => response.end(JSON.stringify({ status: 'up', checks: [{ name: 'db', ok: true }], version: '4.2.1' })),
  '/moved': (_, response) => response.writeHead(302, { location: '/ok' }).end(),
  '/bad': (_, response) => response.writeHead(502).end('Bad gateway'),
  '/long': (_, response) => response.end('x'.repeat(5000)),
  '/cut': (_, response) => {
    response.writeHead(200, { 'content-length': '100' });
    response.write('half', () => response.destroy());
  },
  '/silent': () => undefined,
};

const server = createServer(async (request, response) => {
  let body = '';
  for await (const chunk of request) body += chunk;
  seen.push({ method: request.method, url: request.url, headers: request.headers, body });
  answers[request.url ?? '']?.(request, response);
}).listen(0, '127.0.0.1');
await once(server, 'listening');
const { port } = server.address() as AddressInfo;
const at = (path: string): string => `http://127.0.0.1:${port}${path}`;

afterAll(() => {
  server.closeAllConnections();
  server.close();
});

/** A port that nobody has: one that was just given back. */
async function freePort(): Promise<number> {
  const taken = createTcpServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  const free = (taken.address() as AddressInfo).port;
  taken.close();
  await once(taken, 'close');
  return free;
}

const nobody = await freePort();

describeStepType(netHttp, [
  {
    law: 'holds where the answer is 200',
    params: { url: at('/ok') },
    changes: [],
    afterwards: (_, outputs) => expect(outputs).toEqual({ status: 200 }),
  },
  {
    law: 'shows what it saw and what it wants, without escape sequences',
    params: { url: at('/ok'), contains: '^ready$' },
    planOnly: true,
    changes: [{ action: 'check', target: at('/ok'), before: 'HTTP 200: pong', after: 'HTTP 200, a body that matches ^ready$' }],
  },
  { law: 'holds where the body matches', params: { url: at('/ok'), contains: '^pong' }, changes: [] },
  { law: 'shows a wrong status', params: { url: at('/bad') }, planOnly: true, changes: [{ before: 'HTTP 502: Bad gateway' }] },
  { law: 'takes each of several statuses', params: { url: at('/bad'), status: [200, 502] }, changes: [] },
  { law: 'does not follow a redirection', params: { url: at('/moved') }, planOnly: true, changes: [{ before: 'HTTP 302' }] },
  { law: 'takes a redirection as the status that it is', params: { url: at('/moved'), status: 302 }, changes: [] },
  {
    law: 'compares values in JSON, and keeps others as outputs',
    params: {
      url: at('/json'),
      json: { '/status': 'up', '/checks/0': { ok: true, name: 'db' } },
      outputs: { version: { json: '/version' }, major: { pattern: '"version":"(\\d+)' } },
    },
    changes: [],
    afterwards: (_, outputs) => expect(outputs).toEqual({ status: 200, version: '4.2.1', major: '4' }),
  },
  {
    law: 'does not hold where a value in JSON differs',
    params: { url: at('/json'), json: { '/status': 'ok' } },
    planOnly: true,
    changes: [{ action: 'check' }],
  },
  {
    law: 'does not hold where the body is not JSON',
    params: { url: at('/ok'), json: { '/status': 'up' } },
    planOnly: true,
    changes: [{ action: 'check' }],
  },
  {
    law: 'does not hold while an output has no value',
    params: { url: at('/json'), outputs: { id: { json: '/id' } } },
    planOnly: true,
    changes: [{ action: 'check' }],
  },
  {
    law: 'does not hold where nobody listens',
    params: { url: `http://127.0.0.1:${nobody}/` },
    planOnly: true,
    changes: [{ before: `connect ECONNREFUSED 127.0.0.1:${nobody}` }],
  },
  {
    law: 'does not hold where the answer is cut off',
    params: { url: at('/cut') },
    planOnly: true,
    changes: [{ before: 'aborted' }],
  },
  {
    law: 'asks another address than that of the name',
    params: { url: `http://ente.example:${port}/ok`, resolve: '127.0.0.1' },
    changes: [],
    afterwards: () => expect(seen.at(-1)?.headers.host).toBe(`ente.example:${port}`),
  },
  { law: 'names the param whose pattern is none', params: { url: at('/ok'), contains: '(' }, fails: 'params.bad-pattern' },
]);

it('shows 200 characters of a long body', async () => {
  const [change] = await planStep(netHttp, { url: at('/long'), status: 404 }, contextOf(createWorld(), netHttp));
  expect(change?.before).toBe(`HTTP 200: ${'x'.repeat(200)}…`);
});

it('sends a secret in a run, and neither sends nor shows it in a plan', async () => {
  const world = createWorld();
  world.secrets.set('token', 'swordfish');
  const params = { url: at('/ok'), headers: { Authorization: secretText('token') } };
  const before = seen.length;
  const state = await netHttp.read(params, contextOf(world, netHttp, { forecast: true }));
  expect(netHttp.diff(params, state)).toEqual([{ action: 'check', target: at('/ok'), before: null, after: 'HTTP 200' }]);
  expect(netHttp.notes?.(params, state)).toHaveLength(1);
  expect(seen).toHaveLength(before);

  expect((await convergeStep(netHttp, params, contextOf(world, netHttp))).left).toEqual([]);
  expect(seen.at(-1)?.headers.authorization).toBe('swordfish');
});

it('sends nothing in a plan that could change something', async () => {
  const world = createWorld();
  const params = { url: at('/ok'), body: 'grant=1' };
  const before = seen.length;
  expect(await planStep(netHttp, params, contextOf(world, netHttp, { forecast: true }))).toMatchObject([{ action: 'check' }]);
  expect(seen).toHaveLength(before);
  expect(await planStep(netHttp, params, contextOf(world, netHttp))).toEqual([]);
  expect(seen.at(-1)).toMatchObject({ method: 'POST', body: 'grant=1' });
});

it('stops waiting for an answer at an abort', async () => {
  const stop = new AbortController();
  const look = netHttp.read({ url: at('/silent') }, { ...contextOf(createWorld(), netHttp), signal: stop.signal });
  server.once('request', () => stop.abort(new Error('stopped by the operator')));
  await expect(look).rejects.toThrow('stopped by the operator');
});

it('gives a look up after a while', async () => {
  const look = { url: at('/silent'), method: 'GET', headers: {}, insecure: false };
  expect(await lookOnce(look, new AbortController().signal, 30)).toEqual({ error: 'no answer within 30 ms' });
});

it('tells what is still wrong while it waits', async () => {
  const said: string[] = [];
  const progress = (text: string): number => said.push(text);
  await planStep(netHttp, { url: at('/bad') }, { ...contextOf(createWorld(), netHttp), progress });
  expect(said).toEqual([`${at('/bad')}: HTTP 502`]);
});

it('looks every second, or as often as its params say', () => {
  expect([netHttp.pollEveryMs?.({ url: at('/') }), netHttp.pollEveryMs?.({ url: at('/'), every: '1m' })]).toEqual([1000, 60_000]);
});
