import { DURATION_PATTERN } from '../model/duration.ts';

/** A step's id, an input's and a secret's name. */
export const NAME_PATTERN = '^[a-z][a-z0-9_]*$';

/** A recipe's, a task's, a role's and a tag's name. */
export const HYPHEN_NAME_PATTERN = '^[a-z][a-z0-9-]*$';

/** Semantic Versioning 2.0.0, in short. */
export const VERSION_PATTERN = '^\\d+\\.\\d+\\.\\d+(-[0-9A-Za-z.-]+)?(\\+[0-9A-Za-z.-]+)?$';

/** MiB as a number with its unit. */
export const SIZE_PATTERN = '^\\d+(\\.\\d+)? ?(MiB|GiB|TiB)$';

/** What each pattern means, for those who broke it. */
export const patternWords: Readonly<Record<string, string>> = {
  [DURATION_PATTERN]: 'a duration such as `30s` or `1h30m`',
  [NAME_PATTERN]: 'a name of small letters, digits and `_` that starts with a letter',
  [HYPHEN_NAME_PATTERN]: 'a name of small letters, digits and `-` that starts with a letter',
  [VERSION_PATTERN]: 'a version such as `1.0.0`, in quotes where YAML would read a number',
  [SIZE_PATTERN]: 'MiB as a number, or a size such as `2 GiB`',
};

/** MiB of a size such as `2 GiB`; a bare number is MiB already. */
export function mebibytes(size: number | string): number {
  if (typeof size === 'number') return size;
  const unit = size.slice(-3);
  const factor = unit === 'TiB' ? 1024 * 1024 : unit === 'GiB' ? 1024 : 1;
  return Math.round(Number.parseFloat(size) * factor);
}
