import { expect, it } from 'vitest';
import { createWorld } from '../../testing/step-bench.ts';
import { composeCommand, composeEnv, detectCompose, forgetCompose } from './compose-cli.ts';

const project = { files: ['/srv/a/compose.yaml', '/srv/a/compose.override.yaml'], project: 'a', projectDirectory: '/srv/a' };

it('prefers the plugin, and takes a standalone program of either generation', async () => {
  const host = createWorld().host;
  expect(await detectCompose(host)).toBeUndefined();
  host.program('docker-compose', () => ({ stdout: 'docker-compose version 1.29.2, build unknown\n' }));
  expect(await detectCompose(host)).toEqual({ argv: ['docker-compose'], major: 1, version: '1.29.2' });
  host.program('docker-compose', () => ({ stdout: 'Docker Compose version v2.40.0\n' }));
  expect(await detectCompose(host), 'remembered until a step changes it').toMatchObject({ major: 1 });
  forgetCompose(host);
  expect(await detectCompose(host)).toEqual({ argv: ['docker-compose'], major: 2, version: '2.40.0' });
  forgetCompose(host);
  host.program('docker', () => ({ code: 0, stdout: 'Docker version 20.10.24, build 297e128\n' }));
  expect(await detectCompose(host), 'a docker without the plugin').toMatchObject({ argv: ['docker-compose'] });
  forgetCompose(host);
  host.program('docker', () => ({ stdout: 'Docker Compose version 2.26.1-4\n' }));
  expect(await detectCompose(host)).toEqual({ argv: ['docker', 'compose'], major: 2, version: '2.26.1' });
});

it('names files, project and folder in every command', () => {
  const flavour = { argv: ['docker', 'compose'], major: 2, version: '2.26.1' } as const;
  expect(composeCommand(flavour, { ...project, envFile: '/srv/a/x.env' }, ['ps']).join(' ')).toBe(
    'docker compose --ansi never --file /srv/a/compose.yaml --file /srv/a/compose.override.yaml --project-name a --project-directory /srv/a --env-file /srv/a/x.env ps',
  );
});

it('takes out of the environment what would win over the files, and keeps what steers docker', () => {
  const env = composeEnv(['DOMAIN', 'DOCKER_HOST', 'PATH']);
  expect(Object.values(env).every((value) => value === undefined)).toBe(true);
  expect(Object.keys(env)).toEqual(expect.arrayContaining(['UID', 'GID', 'COMPOSE_FILE', 'COMPOSE_PROJECT_NAME', 'DOMAIN']));
  expect(Object.keys(env)).not.toEqual(expect.arrayContaining(['DOCKER_HOST']));
  expect(Object.keys(env)).not.toEqual(expect.arrayContaining(['PATH']));
});
