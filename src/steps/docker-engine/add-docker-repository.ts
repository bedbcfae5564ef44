import { fail } from '../../model/failure.ts';
import type { ApplyContext } from '../../model/step.ts';
import { runZxScript } from '../lib/run-script.ts';
import { shippedScript } from '../lib/shipped-script.ts';
import { SOURCES_FILE, systemName } from './packages.ts';

/** Makes Docker's own archive known to apt. Throws `docker.no-repository`. */
export async function addDockerRepository(ctx: ApplyContext): Promise<void> {
  const [release] = await ctx.host.files([{ op: 'read', path: '/etc/os-release' }]);
  const { family, codename } = systemName(new TextDecoder().decode(release));
  const ran = await runZxScript(ctx, {
    script: shippedScript('add-docker-repository.mjs', import.meta.url),
    env: { FAIRLEAD_FAMILY: family, FAIRLEAD_CODENAME: codename, FAIRLEAD_SOURCES_FILE: SOURCES_FILE },
  });
  if (ran.code === 0) return;
  throw fail('docker.no-repository', "Docker's own archive could not be set up.", {
    fault: 'environment',
    hints: ["Check this host's network, DNS and proxy.", 'Or use `packages: distribution`.'],
    retryable: true,
    evidence: { argv: ['add-docker-repository'], tail: ran.tail, ...(ran.code === null ? {} : { exit: ran.code }) },
  });
}
