import type { Host } from '../../model/ports.ts';

/**
 * Is there a home folder that is left as it is? An empty one of root's is not: a crash left it half made, and it is
 * given to the user. One that holds something is never touched, whoever owns it.
 */
export async function isHome(host: Host, path: string, uid: number): Promise<boolean> {
  const [stat, names] = await host.files([
    { op: 'stat', path },
    { op: 'list', path },
  ]);
  return stat !== undefined && (stat.uid === uid || stat.uid !== 0 || (names ?? []).length > 0);
}
