import { DURATION_PATTERN } from '../model/duration.ts';
import type { AnyStepType, StepTypes } from '../model/step.ts';
import type { Schema } from './param-schema.ts';

/** The reference of all step types in Markdown, generated from their schemas: one `###` section each, by name. */
export function stepReference(types: StepTypes): string {
  const sorted = [...types.values()].sort((a, b) => a.name.localeCompare(b.name, 'en'));
  return `${sorted.map(section).join('\n\n')}\n`;
}

function section(type: AnyStepType): string {
  const parts = [`### \`${type.name}\``, type.summary];
  const manner = mannerOf(type);
  if (manner !== undefined) parts.push(manner);
  const rows = rowsOf(type.schema as Schema, '');
  parts.push(
    rows.length === 0
      ? 'It takes no params.'
      : ['| Param | Takes | Required | What it says |', '| --- | --- | --- | --- |', ...rows].join('\n'),
  );
  const outputs = Object.entries(type.outputs ?? {}).map(([name, says]) => `- \`${name}\`: ${says}`);
  if (type.outputNames !== undefined) outputs.push('- and those that its params name.');
  if (outputs.length > 0) parts.push(['Outputs:', '', ...outputs].join('\n'));
  return parts.join('\n\n');
}

function mannerOf(type: AnyStepType): string | undefined {
  if (type.apply === undefined) return 'A check: it changes nothing, and is looked at until it holds or its time is up.';
  if (type.actsOnce === undefined) return undefined;
  return 'It acts once where nothing can tell whether it happened: once finished, it is done until its params change or a step in `after` changes something.';
}

function rowsOf(schema: Schema, prefix: string): string[] {
  const properties = (schema.properties ?? {}) as Readonly<Record<string, Schema>>;
  const required = new Set((schema.required ?? []) as readonly string[]);
  return Object.entries(properties).flatMap(([name, sub]) => {
    const cells = [`\`${prefix}${name}\``, takes(sub), required.has(name) ? 'yes' : '', String(sub.description ?? '')];
    const row = `| ${cells.map(cell).join(' | ')} |`;
    return [row, ...nested(sub, `${prefix}${name}`)];
  });
}

/** The params inside a param: those of a map, or of each item of a list. */
function nested(schema: Schema, name: string): string[] {
  if (schema.type === 'object') return rowsOf(schema, `${name}.`);
  const items = schema.items as Schema | undefined;
  if (schema.type === 'array' && items?.type === 'object') return rowsOf(items, `${name}[].`);
  return ((schema.anyOf ?? []) as readonly Schema[]).flatMap((branch) => nested(branch, name));
}

/** A cell of a table stays on one line, and its bars don't end it. */
function cell(text: string): string {
  return text.replaceAll(/\s*\n\s*/g, ' ').replaceAll('|', '\\|');
}

function takes(schema: Schema): string {
  if (schema.fairlead === 'text') return 'text, may hold secrets';
  if (schema.fairlead === 'template') return 'a file in `files/`';
  if (schema.fairlead === 'recipe-file') return 'a file or folder of the recipe';
  if ('const' in schema) return `\`${String(schema.const)}\``;
  if (Array.isArray(schema.enum)) return schema.enum.map((value) => `\`${String(value)}\``).join(' or ');
  const branches = (schema.anyOf ?? schema.oneOf) as readonly Schema[] | undefined;
  if (branches !== undefined) return [...new Set(branches.map(takes))].join(' or ');
  if (Array.isArray(schema.type)) return schema.type.map((type) => takes({ type })).join(' or ');
  switch (schema.type) {
    case 'string':
      return schema.pattern === DURATION_PATTERN ? 'duration' : 'text';
    case 'integer':
      return `whole number${range(schema)}`;
    case 'number':
      return `number${range(schema)}`;
    case 'boolean':
      return '`true` or `false`';
    case 'null':
      return '`null`';
    case 'array':
      return `list of ${takes((schema.items ?? {}) as Schema)}`;
    case 'object': {
      const values = schema.additionalProperties ?? Object.values((schema.patternProperties ?? {}) as object)[0];
      return typeof values === 'object' && values !== null ? `map of ${takes(values as Schema)}` : 'map';
    }
    default:
      return 'anything';
  }
}

function range({ minimum, maximum }: Schema): string {
  if (minimum !== undefined && maximum !== undefined) return `, ${String(minimum)} to ${String(maximum)}`;
  if (minimum !== undefined) return `, ${String(minimum)} or more`;
  return maximum === undefined ? '' : `, ${String(maximum)} or less`;
}
