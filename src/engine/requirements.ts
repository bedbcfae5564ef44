import { fail } from '../model/failure.ts';
import type { Host } from '../model/ports.ts';
import type { RunState } from '../model/run-state.ts';
import type { Program } from './program.ts';
import { scopeOf } from './scope.ts';

/**
 * Checks what the recipe `requires` of the host before anything is touched. Ports are looked at only before the
 * first install: afterwards it is the deployment itself that listens there.
 */
export async function checkRequirements(program: Program, state: RunState, host: Host): Promise<void> {
  if (program.kind !== 'converge') return;
  const { requires } = program.recipe;
  const signal = AbortSignal.timeout(10_000);
  if (requires.arch !== undefined) {
    const machine = (await host.exec({ argv: ['uname', '-m'] }, { signal })).stdout.trim();
    if (!requires.arch.includes(machine)) {
      throw unmet(`runs on ${requires.arch.join(' or ')}, and this host is ${machine}`, 'Use another host.');
    }
  }
  if (requires.memory !== undefined) {
    const [bytes] = await host.files([{ op: 'read', path: '/proc/meminfo' }]);
    const total = Math.floor(Number(/MemTotal:\s+(\d+)/.exec(decode(bytes))?.[1] ?? 0) / 1024);
    if (total < requires.memory)
      throw unmet(`needs ${requires.memory} MiB of memory, and this host has ${total}`, 'Give it more memory.');
  }
  if (requires.disk !== undefined) {
    const { stdout } = await host.exec({ argv: ['df', '-Pm', '/var/lib'] }, { signal });
    const free = Number(stdout.trim().split('\n').at(-1)?.trim().split(/\s+/)[3] ?? Number.NaN);
    if (free < requires.disk)
      throw unmet(`needs ${requires.disk} MiB of free disk, and /var/lib has ${free}`, 'Make room, then try again.');
  }
  if (Object.keys(state.header?.carried ?? {}).length > 0) return;
  const scope = scopeOf(program.recipe, state);
  const wanted = requires.ports.map((port) => Number(port.evaluate(scope)));
  if (wanted.length === 0) return;
  const twice = wanted.find((port, at) => wanted.indexOf(port) !== at);
  if (twice !== undefined) {
    throw fail('requires.port-twice', `${program.recipe.title} is to have port ${twice} for two things at once.`, {
      hints: ['Give each a port of its own with --input. Nothing was changed.'],
    });
  }
  const listening = await listeningPorts(host);
  const taken = wanted.find((port) => listening.has(port));
  if (taken !== undefined) {
    throw fail('requires.port-in-use', `${program.recipe.title} wants port ${taken}, and something else listens there.`, {
      fault: 'environment',
      hints: [`See who: ss -ltnp 'sport = :${taken}'`, 'Stop it, or choose another port with --input. Nothing was changed.'],
    });
  }
}

/** TCP ports that something listens on, from the kernel's own tables (state 0A is LISTEN). */
async function listeningPorts(host: Host): Promise<ReadonlySet<number>> {
  const tables = await host.files([
    { op: 'read', path: '/proc/net/tcp' },
    { op: 'read', path: '/proc/net/tcp6' },
  ]);
  const lines = tables.flatMap((table) => decode(table).split('\n').slice(1));
  return new Set(
    lines.flatMap((line) => {
      const [, local, , status] = line.trim().split(/\s+/);
      return status === '0A' && local !== undefined ? [Number.parseInt(local.split(':')[1] ?? '', 16)] : [];
    }),
  );
}

function decode(bytes: Uint8Array | undefined): string {
  return bytes === undefined ? '' : new TextDecoder().decode(bytes);
}

function unmet(what: string, hint: string): Error {
  return fail('requires.unmet', `This recipe ${what}.`, { fault: 'environment', hints: [hint, 'Nothing was changed.'] });
}
