import { EVIDENCE_LINES, fail, failureOf } from '../../model/failure.ts';
import type { ApplyContext, ReadContext } from '../../model/step.ts';
import { sanitize } from '../../model/untrusted-text.ts';

export const MAIN = '/etc/postfix/main.cf';
export const MASTER = '/etc/postfix/master.cf';

/** One line of master.cf. */
export interface Service {
  /** As master.cf has it: `submission`, or a port. */
  readonly name: string;
  /** `private unpriv chroot wakeup maxproc command`. */
  readonly fields: string;
  /** Its `-o name=value`. */
  readonly options: ReadonlyMap<string, string>;
}

/** What Postfix itself says of its configuration. */
export interface Postfix {
  /** What main.cf sets. */
  readonly main: ReadonlyMap<string, string>;
  /** What takes mail on the wanted port; undefined where nothing does. */
  readonly service?: Service;
  /** The line of the service that a former port had. */
  readonly services: ReadonlySet<string>;
  /** Names whose mail stays here, set or by default. */
  readonly destination: string;
  /** The folder that most of it is shut in. */
  readonly queue: string;
}

type LookContext = Pick<ReadContext, 'host' | 'signal'>;

/** How a service on this port is called in master.cf; the first is how we call it. */
export function serviceNames(port: number): readonly [string, ...string[]] {
  return port === 587 ? ['submission', '587'] : [String(port)];
}

/** Has Postfix, which has a main.cf, say how it is configured; undefined where it is not installed (yet). */
export async function readPostfix(port: number, ctx: LookContext): Promise<Postfix | undefined> {
  try {
    const explicit = valuesIn(await ask(ctx));
    const [queue = '', destination = ''] = (await ask(ctx, '-h', 'queue_directory', 'mydestination')).split('\n');
    const lines = (await ask(ctx, '-M')).split('\n').filter((each) => /^\S+\s+inet\s/.test(each));
    const names = serviceNames(port);
    const line = lines.find((each) => names.includes(nameOf(each)));
    const services = new Set(lines.map(nameOf));
    return { main: explicit, services, destination, queue, ...(line !== undefined && { service: serviceIn(line) }) };
  } catch (error) {
    if (failureOf(error).code === 'host.no-such-program') return undefined;
    throw error;
  }
}

async function ask(ctx: LookContext, ...args: readonly string[]): Promise<string> {
  const argv = ['postconf', ...(args.length === 0 ? ['-n'] : args)];
  const { code, stdout, stderr } = await ctx.host.exec({ argv }, { signal: ctx.signal });
  if (code === 0) return stdout;
  // Where, and not what: this is part of a plan, which nobody has read over for secrets.
  const [where = ''] = /\/etc\/postfix\/[\w.]+, line \d+/.exec(stderr) ?? [];
  throw fail('mail.broken-before', `Postfix can't read its own configuration${where === '' ? '' : `: ${where}`}.`, {
    hints: [`Run \`${argv.join(' ')}\`, and repair what it names. Nothing was changed.`],
  });
}

/** `name = value`, a line each. Pure. */
function valuesIn(text: string): ReadonlyMap<string, string> {
  return new Map([...text.matchAll(/^(\S+) =[ \t]*(.*)$/gm)].map(([, name = '', value = '']) => [name, value]));
}

/** `submission inet n - n - - smtpd -o name=value -o { name = more words }`. Pure. */
function serviceIn(line: string): Service {
  const [name = '', , ...rest] = line.split(/\s+/);
  const given = line.matchAll(/\s-o\s+(?:\{\s*(\w+)\s*=\s*(.*?)\s*\}|(\w+)=(\S*))/g);
  const options = [...given].map(([, long, words, short, word]) => [long ?? short ?? '', words ?? word ?? ''] as const);
  return { name, fields: rest.slice(0, 6).join(' '), options: new Map(options) };
}

function nameOf(line: string): string {
  return /^\S+/.exec(line)?.[0] ?? '';
}

/** Has postconf(1) change a file; nobody but Postfix itself edits them. Throws `mail.not-set`. */
export async function edit(ctx: ApplyContext, ...args: readonly string[]): Promise<void> {
  ctx.signal.throwIfAborted();
  const argv = ['postconf', ...args];
  const { code, stderr } = await ctx.host.exec({ argv }, { signal: ctx.signal });
  if (code === 0) return;
  throw fail('mail.not-set', `Postfix does not take a setting: ${sanitize(stderr).trim()}`, {
    hints: ['Read what it says; what was there before is back.'],
    evidence: { argv, tail: tailOf(stderr), ...(code === null ? {} : { exit: code }) },
  });
}

/** The last lines that a program said. Pure. */
export function tailOf(said: string): readonly string[] {
  return sanitize(said, true)
    .split('\n')
    .filter((line) => line.trim() !== '')
    .slice(-EVIDENCE_LINES);
}
