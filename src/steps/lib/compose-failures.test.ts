import { expect, it } from 'vitest';
import { createWorld } from '../../testing/step-bench.ts';
import { invalidFile, unsetVariables, upFailure } from './compose-failures.ts';

const signal = AbortSignal.timeout(300_000);
const evidence = { argv: ['docker', 'compose', 'up'], exit: 1, tail: ['last line'] };

it.each([
  [
    'docker.port-in-use',
    'Port 8080 ',
    'Error response from daemon: driver failed programming external connectivity on endpoint a-1 (1c): Bind for 127.0.0.1:8080 failed: port is already allocated',
  ],
  ['docker.port-in-use', 'Port 443 ', 'Error starting userland proxy: listen tcp4 0.0.0.0:443: bind: address already in use'],
  ['docker.port-in-use', 'Port 53 ', 'failed to bind host port for 0.0.0.0:53:172.18.0.2:53/udp: address already in use'],
  ['docker.port-in-use', 'Port 80 ', 'failed to bind host port 0.0.0.0:80/tcp: address already in use'],
  [
    'docker.name-taken',
    'is called wekode.mml.db.',
    'ERROR: for db  Cannot create container for service db: Conflict. The container name "/wekode.mml.db" is already in use by container "bbeb". You have to remove (or rename) that container to be able to reuse that name.\nEncountered errors while bringing up the project.',
  ],
  [
    'docker.no-such-network',
    'ente.lan',
    'Network ente.lan declared as external, but could not be found. Please create the network manually',
  ],
  ['docker.no-such-network', 'ente.lan', 'Error response from daemon: network ente.lan not found'],
  ['docker.image-not-found', 'x:1', 'Error response from daemon: No such image: x:1'],
  [
    'docker.image-not-found',
    'x',
    "Error response from daemon: pull access denied for x, repository does not exist or may require 'docker login'",
  ],
  ['docker.image-not-found', 'x:9', 'Error response from daemon: manifest for x:9 not found: manifest unknown: manifest unknown'],
  [
    'docker.registry-unreachable',
    'ghcr.io/ente/web:1 can',
    'Pulling db (postgres:15)...\nPulling web (ghcr.io/ente/web:1)...\nGet "https://ghcr.io/v2/": dial tcp: lookup ghcr.io: no such host',
  ],
  [
    'docker.registry-unreachable',
    'connection refused',
    'Error response from daemon: Get "http://localhost:9/v2/": dial tcp 127.0.0.1:9: connect: connection refused',
  ],
  ['compose.up-failed', 'last line', 'something new'],
])('%s names %s', async (code, named, said) => {
  const { failure } = await upFailure(createWorld().host, signal, said, evidence);
  expect(failure).toMatchObject({ code, message: expect.stringContaining(named), evidence });
});

it('names who holds a port: a container before the program that listens for it', async () => {
  const host = createWorld().host;
  const said = 'Bind for 0.0.0.0:80 failed: port is already allocated';
  host.program('ss', () => ({ stdout: 'LISTEN 0 511 0.0.0.0:80 0.0.0.0:* users:(("nginx",pid=812,fd=6))\n' }));
  expect((await upFailure(host, signal, said, evidence)).failure.message).toContain('nginx (process 812)');
  host.program('docker', () => ({ stdout: 'caddy\n' }));
  expect((await upFailure(host, signal, said, evidence)).failure.message).toContain('the container caddy');
});

it('reads the warning about unset variables of both generations, each name once', () => {
  expect(
    unsetVariables(
      'The A variable is not set. Defaulting to a blank string.\nThe A variable is not set. Defaulting to a blank string.\n' +
        'time="x" level=warning msg="The \\"B_2\\" variable is not set. Defaulting to a blank string."\n',
    ),
  ).toEqual(['A', 'B_2']);
});

it('an invalid file is named with its line, and an old compose as a likely cause', () => {
  const ended = { code: 1, signal: null, stdout: '' };
  const old = { argv: ['docker-compose'], major: 1, version: '1.29.2' } as const;
  const fresh = { argv: ['docker', 'compose'], major: 2, version: '2.26.1' } as const;
  const judge = (flavour: typeof old | typeof fresh, stderr: string) =>
    invalidFile(flavour, '/a/compose.yaml', '/a', ['x'], { ...ended, stderr }).failure;
  const v1 =
    'yaml.parser.ParserError: while parsing a block mapping\n  in "./compose.yaml", line 2, column 3\nexpected <block end>, but found \'<block mapping start>\'\n  in "./compose.yaml", line 4, column 4\n';
  expect(judge(old, v1).message).toContain('/a/compose.yaml:4:');
  expect(judge(fresh, 'yaml: line 7: did not find expected key\n').message).toContain('/a/compose.yaml:7:');
  expect(judge(old, "'name' does not match any of the regexes: '^x-'\n").hints[0]).toContain('docker compose');
  expect(
    judge(fresh, 'error while interpolating services.a.image: required variable REQ is missing a value: say it\n'),
  ).toMatchObject({
    code: 'compose.blank-variable',
    message: expect.stringContaining('REQ'),
  });
  expect(judge(old, 'Missing mandatory value for "image" option interpolating ${REQ:?say} in service "a": say\n').code).toBe(
    'compose.blank-variable',
  );
});
