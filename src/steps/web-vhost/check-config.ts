import type { ApplyContext } from '../../model/step.ts';
import { sanitize } from '../../model/untrusted-text.ts';
import type { Layout } from './find-layout.ts';
import type { VhostParams } from './params.ts';

/** What a server says of its configuration. */
export interface Verdict {
  readonly ok: boolean;
  readonly argv: readonly string[];
  readonly exit: number | null;
  /** What it says, without what it says on every host. */
  readonly words: readonly string[];
  /** Where the fault lies. */
  readonly at?: { readonly file: string; readonly line: number };
}

/** Has the server check its whole configuration; nothing is reloaded. */
export async function checkConfig(
  params: VhostParams,
  layout: Layout,
  ctx: Pick<ApplyContext, 'host' | 'signal'>,
): Promise<Verdict> {
  const { program = '' } = layout;
  const argv =
    params.server === 'nginx'
      ? [program, '-t', ...(params.config_dir === undefined ? [] : ['-c', layout.main])]
      : [program, ...(/httpd$/.test(program) ? ['-t'] : ['configtest'])];
  const env = params.config_dir === undefined || params.server === 'nginx' ? {} : { APACHE_CONFDIR: params.config_dir };
  const { code, stdout, stderr } = await ctx.host.exec({ argv, env }, { signal: ctx.signal });
  const words = wordsOf(`${stdout}\n${stderr}`);
  const at = placeIn(words);
  return { ok: code === 0, argv, exit: code, words, ...(at && { at }) };
}

/** The lines that tell something. Pure. */
export function wordsOf(said: string): readonly string[] {
  return sanitize(said, true)
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !NOISE.test(line));
}

const NOISE =
  /^(Syntax OK$|AH0055[78]:|Action '.*' failed\.$|The Apache error log may have more|nginx: the configuration file .* syntax is ok$|nginx: configuration file .* test (is successful|failed)$)/;

/** `… on line 3 of /etc/apache2/sites-enabled/x.conf`, `… defined at /etc/…:3`, `… in /etc/nginx/sites-enabled/x.conf:3`. Pure. */
export function placeIn(words: readonly string[]): { readonly file: string; readonly line: number } | undefined {
  for (const word of words) {
    const [, line, file] = / on line (\d+) of (\/[^:]+):?/.exec(word) ?? [];
    if (line !== undefined && file !== undefined) return { file, line: Number(line) };
    const [, path, number] = / (?:in|at) (\/\S+):(\d+)$/.exec(word) ?? [];
    if (path !== undefined && number !== undefined) return { file: path, line: Number(number) };
  }
  return undefined;
}
