import { fail } from '../../model/failure.ts';
import type { ApplyContext, ReadContext } from '../../model/step.ts';
import type { Layout } from './find-layout.ts';
import type { VhostParams } from './params.ts';
import { apacheModules } from './render-apache.ts';

/** Apache's modules that params need and that are off; none where Apache is not installed yet, or is nginx. */
export async function missingModules(params: VhostParams, layout: Layout, ctx: ReadContext): Promise<readonly string[]> {
  if (params.server === 'nginx') return [];
  const needed = apacheModules(params);
  if (layout.kind === 'sites') {
    const [enabled] = await ctx.host.files([{ op: 'list', path: `${layout.dir}/mods-enabled` }]);
    return enabled === undefined ? [] : needed.filter((name) => !enabled.includes(`${name}.load`));
  }
  const main = await mainText(layout, ctx);
  return main === undefined
    ? []
    : needed.filter((name) => !moduleLine(name, '').test(main) && moduleLine(name, '#+\\s*').test(main));
}

/**
 * The links of mods-enabled that switch these modules on, with those that they depend on: path → where it leads.
 * Throws `vhost.no-module`.
 */
export async function moduleLinks(
  names: readonly string[],
  layout: Layout,
  ctx: ApplyContext,
): Promise<ReadonlyMap<string, string>> {
  const [enabled = [], available = []] = await ctx.host.files([
    { op: 'list', path: `${layout.dir}/mods-enabled` },
    { op: 'list', path: `${layout.dir}/mods-available` },
  ]);
  const links = new Map<string, string>();
  const seen = new Set<string>();
  const add = async (name: string): Promise<void> => {
    if (seen.has(name) || enabled.includes(`${name}.load`)) return;
    seen.add(name);
    const [bytes] = await ctx.host.files([{ op: 'read', path: `${layout.dir}/mods-available/${name}.load` }]);
    if (bytes === undefined) throw noModule(name, `${layout.dir}/mods-available/${name}.load is missing`);
    // a2enmod(8) reads the same line.
    const depends = /^#\s*Depends:\s*(.*)$/m.exec(new TextDecoder().decode(bytes))?.[1] ?? '';
    for (const other of depends.split(/[\s,]+/).filter((word) => word !== '')) await add(other);
    // The one that tells that it is on comes last: an attempt that is cut off must be seen to be unfinished.
    for (const file of [`${name}.conf`, `${name}.load`]) {
      if (available.includes(file) && !enabled.includes(file))
        links.set(`${layout.dir}/mods-enabled/${file}`, `../mods-available/${file}`);
    }
  };
  for (const name of names) await add(name);
  return links;
}

/** The main file with the lines of these modules no longer commented out, and with a line that includes the virtual host. Pure. */
export function withModulesAndInclude(main: string, names: readonly string[], include: string | undefined): string {
  let text = main;
  for (const name of names) {
    text = text.replace(moduleLine(name, '#+\\s*'), (line) => line.replace(/#+\s*/, ''));
  }
  return include === undefined ? text : `${text}${text === '' || text.endsWith('\n') ? '' : '\n'}${includeLine(include)}\n`;
}

/** The main file without the line that includes the virtual host. Pure. */
export function withoutInclude(main: string, file: string): string {
  return main
    .split('\n')
    .filter((line) => line.trim() !== includeLine(file))
    .join('\n');
}

/** Does the main file include the virtual host's? nginx's must include its folder. */
export async function hasInclude(params: VhostParams, layout: Layout, ctx: ReadContext): Promise<boolean> {
  const main = await mainText(layout, ctx);
  if (main === undefined) return false;
  if (params.server === 'apache') return main.split('\n').some((line) => line.trim() === includeLine(layout.file));
  if (/^\s*include\s+\S*conf\.d\/\*\S*;/m.test(main)) return true;
  throw fail(
    'vhost.not-included',
    `${layout.main} does not include ${layout.dir}/conf.d, so that nginx would not see ${layout.file}.`,
    {
      hints: [`Add \`include ${layout.dir}/conf.d/*.conf;\` to the block \`http\` of ${layout.main}.`],
    },
  );
}

function includeLine(file: string): string {
  return `Include "${file}"`;
}

function moduleLine(name: string, before: string): RegExp {
  return new RegExp(`^[ \\t]*${before}LoadModule[ \\t]+${name}_module[ \\t].*$`, 'm');
}

async function mainText(layout: Layout, ctx: ReadContext): Promise<string | undefined> {
  const [bytes] = await ctx.host.files([{ op: 'read', path: layout.main }]);
  return bytes === undefined ? undefined : new TextDecoder().decode(bytes);
}

function noModule(name: string, why: string) {
  return fail('vhost.no-module', `Apache has no module ${name} on this host: ${why}.`, {
    hints: ['A package brings it: install that before this step, or check the name.'],
  });
}
