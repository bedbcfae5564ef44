import { fail } from '../../model/failure.ts';
import type { ApplyContext } from '../../model/step.ts';
import { engineTrouble } from '../lib/engine-trouble.ts';
import { runZxScript } from '../lib/run-script.ts';
import { shippedScript } from '../lib/shipped-script.ts';
import type { BuildParams } from './context-digest.ts';

/** The label that says what an image was built from. */
export const CONTEXT_LABEL = 'fairlead.context';

const NO_BUILDX =
  'Its Dockerfile needs BuildKit: install its plugin (Debian: docker-buildx; from Docker’s own archive: docker-buildx-plugin), then resume.';

/** Builds an image and labels it with its context's digest. Throws `docker.build-failed` or `docker.no-cli`. */
export async function buildImage(ctx: ApplyContext, name: string, build: BuildParams, digest: string): Promise<void> {
  const { context } = build;
  const spec = {
    name,
    context,
    dockerfile: build.dockerfile ?? 'Dockerfile',
    args: build.args ?? {},
    labels: { [CONTEXT_LABEL]: digest },
  };
  const ran = await runZxScript(ctx, {
    script: shippedScript('build-image.mjs', import.meta.url),
    env: { FAIRLEAD_BUILD: JSON.stringify(spec) },
  });
  if (ran.code === 0) return;
  const evidence = {
    argv: ['docker', 'build', '--tag', name, context],
    tail: ran.tail,
    ...(ran.code === null ? {} : { exit: ran.code }),
  };
  if (ran.code === 127) {
    throw fail('docker.no-cli', `The image ${name} can't be built: the program docker is not installed.`, {
      fault: 'environment',
      hints: ['Install it (Debian, Ubuntu: docker-cli, or docker.io where that brings it), then resume.'],
      evidence,
    });
  }
  const trouble = engineTrouble(`build ${name}`, ran.tail, evidence);
  if (trouble !== undefined) throw trouble;
  throw fail('docker.build-failed', `The image ${name} could not be built.`, {
    fault: 'environment',
    hints: [
      ...(ran.tail.some((line) => /BuildKit|buildx/.test(line)) ? [NO_BUILDX] : []),
      'Read the last lines: they name the instruction that failed.',
      'Where it could not fetch something, see whether containers reach the network, then try again.',
    ],
    retryable: true,
    evidence,
  });
}
