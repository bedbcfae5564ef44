import { expect, it } from 'vitest';
import { createWorld } from '../../testing/step-bench.ts';
import { findComposeFiles, projectName } from './compose-files.ts';

it("a project has its folder's name, as compose writes it", () => {
  expect(projectName({ directory: '/srv/My Media.Lib' })).toBe('mymedialib');
  expect(projectName({ directory: '/srv/_x/' })).toBe('x');
  expect(projectName({ directory: '/srv/x', project: 'y' })).toBe('y');
  expect(() => projectName({ directory: '/' })).toThrow('gives no name');
});

it('finds the compose file and the override beside it; with a file named, that one only', async () => {
  const host = createWorld().host;
  expect(await findComposeFiles(host, { directory: '/srv/a' })).toBeUndefined();
  host.put('/srv/a/docker-compose.yml', { content: 'services: { old: {} }' });
  expect((await findComposeFiles(host, { directory: '/srv/a/' }))?.files).toEqual(['/srv/a/docker-compose.yml']);
  host.put('/srv/a/compose.yaml', { content: 'services: { web: {}, off: { profiles: [x] } }' });
  host.put('/srv/a/compose.override.yaml', { content: 'services: { more: {} }' });
  const both = await findComposeFiles(host, { directory: '/srv/a' });
  expect(both?.files).toEqual(['/srv/a/compose.yaml', '/srv/a/compose.override.yaml']);
  expect(both?.declared).toEqual(['web', 'off', 'more']);
  const named = await findComposeFiles(host, { directory: '/srv/a', file: 'docker-compose.yml' });
  expect(named?.files).toEqual(['/srv/a/docker-compose.yml']);
});

it('a variable that .env sets to nothing is found where it is the source of a volume', async () => {
  const host = createWorld().host;
  host.put('/srv/a/.env', { content: '# x\nA=\nexport B=""\nC=/data\nD=\nE=\nF=\n' });
  host.put('/srv/a/compose.yaml', {
    content: [
      'services:',
      '  web:',
      '    image: x${D}',
      '    volumes:',
      '      - ${A}:/a',
      '      - "$C:/c"',
      '      - ${A:-./a}:/a2',
      '      - { type: bind, source: "${E}", target: /e }',
      '    command: http://${F}:/x',
      '  other: { volumes: ["${B}:/b:ro"] }',
    ].join('\n'),
  });
  const found = await findComposeFiles(host, { directory: '/srv/a' });
  expect([...(found?.blankSources ?? [])].sort()).toEqual(['A', 'B', 'E']);
  expect(found?.envNames).toEqual(['A', 'B', 'C', 'D', 'E', 'F']);
});

it('a compose file that is not YAML is found all the same: compose itself says what is wrong', async () => {
  const host = createWorld().host;
  host.put('/srv/a/compose.yaml', { content: 'services:\n  a: *nobody\n bad: [' });
  expect((await findComposeFiles(host, { directory: '/srv/a' }))?.declared).toEqual([]);
});
