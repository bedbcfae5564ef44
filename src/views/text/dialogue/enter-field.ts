import type { Dispatch, Field } from '../../../model/dispatch.ts';
import type { InputType } from '../../../model/recipe.ts';
import { wordLines, words } from '../../lib/words.ts';
import { enterSecret } from './enter-secret.ts';
import type { Entered, Entry } from './entry.ts';
import type { Talk } from './talk.ts';

/** What a value is called at the prompt. */
const NOUNS: Readonly<Record<Exclude<InputType, 'secret'>, string>> = {
  string: 'a line of text',
  text: 'its lines, and a line with a single dot to end it',
  hostname: 'a host name',
  email: 'an e-mail address',
  port: 'a port, 1 to 65535',
  path: 'a path that begins with /',
  cidr: 'a network such as 172.21.0.0/16',
  ip: 'an IP address',
  url: 'a URL',
  integer: 'a whole number',
  boolean: 'yes or no',
  choice: 'a number or a name',
};

/** Asks for one input until what is typed will do. */
export async function enterField(entry: Entry, dispatch: Dispatch, talk: Talk): Promise<Entered> {
  describe(entry, talk);
  const { field } = entry;
  if (field.spec.type === 'secret') return enterSecret(entry, dispatch, talk);
  const now = entry.typed ?? field.text;
  while (true) {
    const typed = await talk.ask(promptOf(entry, now));
    if (typed === undefined) return 'out';
    if (typed.toLowerCase() === 'back') return 'back';
    if (typed === '?') {
      describe(entry, talk);
      talk.say(...HELP);
      continue;
    }
    const whole = field.spec.type === 'text' && typed !== '' ? await restOf(typed, talk) : typed;
    if (whole === undefined) return 'out';
    const text = typed === '' ? now : meantBy(whole, field);
    const fault = dispatch.fault(field, text);
    if (fault === undefined) return typed === '' ? 'kept' : { text };
    const refused = text === '' ? '' : `${JSON.stringify(words(text, talk.style))} will not do. `;
    const why = field.spec.type === 'boolean' && text !== '' ? 'must be yes or no' : fault;
    talk.say(`${refused}It ${words(why, talk.style)}.`);
  }
}

const HELP = [
  'Enter alone keeps what stands in brackets. back goes to the one before. none leaves out what is optional.',
  'Where one of these words is the value itself, type = before it: =back',
  'Ctrl-C or Ctrl-D goes back to the list; nothing was changed then.',
] as const;

/** How a value is shown: whole, on one line. */
export function shownValue(text: string, { spec }: Field): string {
  if (text === '') return 'none';
  if (spec.type === 'boolean') return text === 'true' ? 'yes' : text === 'false' ? 'no' : text;
  return text.replaceAll('\n', ' / ');
}

function describe({ field, place }: Entry, { say, style }: Talk): void {
  const { spec, usedBy } = field;
  say('', words(`${place}: ${spec.title}`, style));
  if (spec.explain !== undefined) say(...wordLines(spec.explain, style).map((line) => `    ${line}`.trimEnd()));
  if (usedBy.length > 0) say(words(`Used by: ${usedBy.join('; ')}.`, style));
  if (spec.type === 'choice') say(...(spec.choices ?? []).map((choice, index) => words(`${index + 1}. ${choice}`, style)));
}

/** `Type a port, 1 to 65535, back, or Enter for [8077]: ` */
function promptOf({ field }: Entry, now: string): string {
  const { spec } = field;
  const noun = spec.type === 'secret' ? 'it' : NOUNS[spec.type];
  const clear = spec.optional && now !== '' ? ', none' : '';
  const keep = now !== '' ? `, or Enter for [${shownValue(now, field)}]` : spec.optional ? ', or Enter for none' : '';
  return `Type ${noun}${clear}, back, ?${keep}: `;
}

/** What was typed, as the field's text. */
function meantBy(typed: string, { spec }: Field): string {
  if (/^=(back|none|\?)$/.test(typed)) return typed.slice(1);
  if (spec.optional && typed.toLowerCase() === 'none') return '';
  if (spec.type === 'boolean' && /^(y|yes|true)$/i.test(typed)) return 'true';
  if (spec.type === 'boolean' && /^(n|no|false)$/i.test(typed)) return 'false';
  if (spec.type !== 'choice' || spec.choices?.includes(typed)) return typed;
  return (/^\d+$/.test(typed) ? spec.choices?.[Number(typed) - 1] : undefined) ?? typed;
}

/** The further lines of a text; undefined: given up. */
async function restOf(first: string, talk: Talk): Promise<string | undefined> {
  if (/^(none|=none|=back)$/i.test(first)) return first;
  const lines = [first];
  while (true) {
    const line = await talk.terminal.readLine('Next line, or a single dot to end it: ');
    if (line === undefined) return undefined;
    if (line.trim() === '.') return lines.join('\n');
    lines.push(line);
  }
}
