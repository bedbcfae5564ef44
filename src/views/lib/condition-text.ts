/**
 * Where an input is asked for, as people say it, where its expression is one of the usual: `certificate is import`, `host is
 * given`. Any other stands there as the recipe has it.
 */
export function conditionText(source: string): string {
  const parts = source.split(/\s*(&&|\|\|)\s*/);
  const said = parts.map((part, at) => (at % 2 === 0 ? partText(part) : part === '&&' ? 'and' : 'or'));
  const mixes = parts.includes('&&') && parts.includes('||');
  return mixes || said.includes(undefined) ? source : said.join(' ');
}

function partText(part: string): string | undefined {
  const [, not, flag] = /^(!?)inputs\.(\w+)$/.exec(part) ?? [];
  if (flag !== undefined) return `${flag} is ${not === '' ? 'true' : 'false'}`;
  const [, name, sign, value] = /^inputs\.(\w+) (==|!=) (null|true|false|\d+|'[^'\\]+'|"[^"\\]+")$/.exec(part) ?? [];
  if (value === undefined) return listText(part);
  if (value === 'null') return `${name} is ${sign === '==' ? 'not given' : 'given'}`;
  return `${name} is ${sign === '==' ? '' : 'not '}${plain(value)}`;
}

/** `inputs.size in ['small', 'large']`. */
function listText(part: string): string | undefined {
  const [, not, name, list] = /^(!?)\(?inputs\.(\w+) in \[((?:'[^'\\]+'(?:, *)?)+)\]\)?$/.exec(part) ?? [];
  if (list === undefined) return undefined;
  const values = [...list.matchAll(/'[^']+'/g)].map(([value]) => plain(value));
  return `${name} is ${not === '' ? '' : 'neither '}${values.join(not === '' ? ' or ' : ' nor ')}`;
}

function plain(value: string): string {
  return value.replaceAll(/^['"]|['"]$/g, '');
}
