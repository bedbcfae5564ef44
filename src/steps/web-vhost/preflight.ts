import { fail } from '../../model/failure.ts';
import type { ApplyContext } from '../../model/step.ts';
import { pairFault } from '../lib/certificate-pair.ts';
import { takenPorts } from '../lib/taken-ports.ts';
import { listensIn, portOf } from './listens.ts';
import { type VhostState, wantedListens } from './look.ts';
import type { VhostParams } from './params.ts';

/**
 * What the server's own check does not find, and what then ends a running Apache, or a reload: a key that does not fit its
 * certificate, or that has a passphrase, and a port that another program has. Throws `vhost.bad-certificate` or `vhost.port-taken`.
 */
export async function requireFit(
  params: VhostParams,
  state: VhostState,
  text: string,
  runs: boolean,
  ctx: ApplyContext,
): Promise<void> {
  for (const [certificate, key] of certificatesIn(params, text)) await requirePair(params, certificate, key, ctx);
  if (runs) await requireFreePorts(params, state, ctx);
}

/** Pairs of certificate and key that the configuration names. */
function certificatesIn({ tls, server }: VhostParams, text: string): readonly (readonly [string, string])[] {
  if (tls !== undefined) return [[tls.certificate, tls.key]];
  // nginx looks at them in its own check.
  if (server === 'nginx') return [];
  const found = (name: string): readonly string[] =>
    [...text.matchAll(new RegExp(`^\\s*${name}\\s+"?(/[^"\\s]+)"?`, 'gim'))].map(([, path = '']) => path);
  const keys = found('SSLCertificateKeyFile');
  return found('SSLCertificateFile').flatMap((path, at) => (keys[at] === undefined ? [] : [[path, keys[at]] as const]));
}

async function requirePair({ name }: VhostParams, certificate: string, key: string, ctx: ApplyContext): Promise<void> {
  const fault = await pairFault({ certificate, key }, ctx);
  if (fault === undefined) return;
  const { what, hint, cause } = fault;
  throw fail('vhost.bad-certificate', `The virtual host ${name} can't have this certificate: ${what}.`, { hints: [hint], cause });
}

/** A port that the server does not listen on yet must be free, or it could not. */
async function requireFreePorts(
  params: VhostParams,
  { wanted = '', found, listens }: VhostState,
  ctx: ApplyContext,
): Promise<void> {
  const now = [...listens.others, ...(found === undefined ? [] : listensIn(new TextDecoder().decode(found.bytes)))];
  const had = new Set(now.map(portOf));
  const fresh = [...new Set(wantedListens(wanted).map(portOf))].filter((port) => !had.has(port));
  if (fresh.length === 0) return;
  const taken = await takenPorts(ctx);
  const clash = fresh.find((port) => taken?.has(port));
  if (clash === undefined) return;
  throw fail('vhost.port-taken', `The virtual host ${params.name} wants port ${clash}, and another program listens on it.`, {
    fault: 'environment',
    hints: [`See who it is with \`ss -ltnp 'sport = :${clash}'\`, and stop it, or choose another port.`],
  });
}
