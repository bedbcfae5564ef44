import { fail } from '../../model/failure.ts';
import type { Host } from '../../model/ports.ts';
import type { ReadContext } from '../../model/step.ts';

/** A package as dpkg knows it; `half`: dpkg was interrupted, or its scripts failed. */
export type PackageState = 'installed' | 'half' | 'absent';

/** Is there apt on this host, and what does the system call itself? */
export async function hasApt(host: Host): Promise<{ readonly there: boolean; readonly system: string }> {
  const [apt, release] = await host.files([
    { op: 'stat', path: '/usr/bin/apt-get' },
    { op: 'read', path: '/etc/os-release' },
  ]);
  const named = /^PRETTY_NAME="?([^"\n]+)"?$/m.exec(release === undefined ? '' : new TextDecoder().decode(release));
  return { there: apt !== undefined, system: named?.[1] ?? 'this system' };
}

/** The state of each package that dpkg knows; one that it doesn't know is not in the map. */
export async function packageStates(
  ctx: Pick<ReadContext, 'host' | 'signal'>,
  names: readonly string[],
): Promise<ReadonlyMap<string, PackageState>> {
  const argv = ['dpkg-query', '-W', '-f', '${Package}\\t${db:Status-Status}\\n', ...names];
  const { code, stdout, stderr } = await ctx.host.exec({ argv, env: { LC_ALL: 'C.UTF-8' } }, { signal: ctx.signal });
  // dpkg-query(1): 1 is "some were not found"; what was found is printed all the same.
  if (code !== 0 && code !== 1) {
    throw fail('package.unreadable', 'The state of the installed packages could not be read.', {
      fault: 'environment',
      hints: ['Run `dpkg --audit` on the host and follow what it says.'],
      evidence: { argv, tail: stderr.split('\n').slice(-40), ...(code === null ? {} : { exit: code }) },
    });
  }
  const states = new Map<string, PackageState>();
  for (const line of stdout.split('\n').filter((line) => line.includes('\t'))) {
    const [name = '', status = ''] = line.split('\t');
    // One name has a line for each architecture; one of them is enough.
    if (states.get(name) !== 'installed') states.set(name, stateOf(status));
  }
  return states;
}

/** dpkg-query(1), `db:Status-Status`: a package that waits for triggers is unpacked and configured. */
function stateOf(status: string): PackageState {
  if (['installed', 'triggers-awaited', 'triggers-pending'].includes(status)) return 'installed';
  return ['not-installed', 'config-files'].includes(status) ? 'absent' : 'half';
}
