import { cidrsOverlap } from '../../model/cidr.ts';
import { FairleadError } from '../../model/failure.ts';
import type { Network } from '../../model/ports.ts';
import type { ReadContext } from '../../model/step.ts';

/** A route that covers more than this is no claim to a subnet: the default route, or both its halves of a VPN. */
const SHORTEST_PREFIX = 8;

/**
 * Who holds addresses of the wanted subnet: another network of the engine, or a route of the host; undefined
 * where nobody does. `own` is the network that will be replaced.
 */
export async function findClash(
  ctx: ReadContext,
  subnet: string,
  networks: readonly Network[],
  own: Network | undefined,
): Promise<string | undefined> {
  const others = networks.filter((network) => network.id !== own?.id);
  for (const network of others) {
    const pool = network.pools.find((candidate) => cidrsOverlap(candidate.subnet, subnet));
    if (pool !== undefined) return `the Docker network ${network.name} (${pool.subnet})`;
  }
  // The engine's bridge of a network is called br- and the first twelve characters of its id.
  const bridges = new Set(networks.map((network) => `br-${network.id.slice(0, 12)}`));
  const routes = await hostRoutes(ctx, subnet.includes(':'));
  const route = routes.find(({ to, device }) => !bridges.has(device) && claims(to) && cidrsOverlap(to, subnet));
  return route === undefined ? undefined : `this host's route to ${route.to} (${route.device})`;
}

interface Route {
  /** CIDR. */
  readonly to: string;
  readonly device: string;
}

function claims(to: string): boolean {
  const prefix = to.split('/')[1];
  return prefix === undefined || Number(prefix) >= SHORTEST_PREFIX;
}

async function hostRoutes(ctx: ReadContext, version6: boolean): Promise<readonly Route[]> {
  try {
    const argv = ['ip', '-j', ...(version6 ? ['-6'] : []), 'route'];
    const { code, stdout } = await ctx.host.exec({ argv }, { signal: ctx.signal });
    if (code === 0) return routesOfIp(stdout);
  } catch (error) {
    if (!(error instanceof FairleadError) || error.failure.code !== 'host.no-such-program') throw error;
  }
  if (version6) return [];
  const [table] = await ctx.host.files([{ op: 'read', path: '/proc/net/route' }]);
  return table === undefined ? [] : routesOfProc(new TextDecoder().decode(table));
}

/** `ip -j route`: a list of objects with `dst` (a CIDR, an address or `default`) and `dev`. */
export function routesOfIp(json: string): readonly Route[] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(json);
  } catch {
    // An `ip` that knows no -j (busybox has one) prints for people.
    return [];
  }
  return (Array.isArray(parsed) ? parsed : []).flatMap(({ dst, dev }: { dst?: unknown; dev?: unknown }) =>
    typeof dst !== 'string' || dst === 'default' ? [] : [{ to: dst, device: typeof dev === 'string' ? dev : 'no device' }],
  );
}

/** `/proc/net/route`: device, destination … mask (eighth), as hexadecimal numbers in the machine's byte order. */
export function routesOfProc(table: string): readonly Route[] {
  return table
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields.length >= 8)
    .map((fields) => ({ to: `${dotted(fields[1] ?? '')}/${ones(fields[7] ?? '')}`, device: fields[0] ?? '' }));
}

function dotted(hex: string): string {
  return [3, 2, 1, 0].map((index) => Number.parseInt(hex.slice(index * 2, index * 2 + 2), 16)).join('.');
}

function ones(hex: string): number {
  return Number.parseInt(hex, 16).toString(2).replaceAll('0', '').length;
}
