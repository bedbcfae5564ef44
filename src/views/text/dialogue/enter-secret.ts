import type { Dispatch } from '../../../model/dispatch.ts';
import { words } from '../../lib/words.ts';
import type { Entered, Entry } from './entry.ts';
import { type Choice, numbersText, type Talk } from './talk.ts';

type Way = 'type' | 'generate' | 'keep' | 'none' | 'back';

/** Asks for a secret: what is typed is not shown, and typed twice; or a good one is made. */
export async function enterSecret(entry: Entry, dispatch: Dispatch, talk: Talk): Promise<Entered> {
  const { field } = entry;
  const ways: readonly Choice<Way>[] = [
    { word: 'type', meaning: 'type it; nothing of it is shown', value: 'type' },
    { word: 'generate', meaning: 'have a good random one made', value: 'generate' },
    ...keepOf(entry),
  ];
  talk.say(...ways.map(({ word, meaning }, index) => `${index + 1}. ${word}: ${meaning}`));
  const keeps = ways.some(({ value }) => value === 'keep');
  while (true) {
    const typed = await talk.ask(`Type ${numbersText(ways.length)}, back${keeps ? ', or Enter to keep it' : ''}: `);
    if (typed === undefined) return 'out';
    if (typed.toLowerCase() === 'back') return 'back';
    const way = typed === '' ? (keeps ? 'keep' : undefined) : wayOf(ways, typed);
    if (way === 'keep') return 'kept';
    if (way === 'none') return { text: '' };
    if (way === 'generate') {
      talk.say('Made; it is not shown here. When the run has begun, this shows it:');
      talk.say(words(`    fairlead secrets get ${entry.deployment} ${field.spec.name}`, talk.style));
      return { text: dispatch.generate(field) };
    }
    if (way === undefined) {
      // A secret that was typed here has been seen: it is not repeated, and not taken.
      talk.say('That is none of these. The secret itself is asked for after 1.');
      continue;
    }
    const text = await typedTwice(entry, dispatch, talk);
    if (text !== undefined) return { text };
  }
}

function keepOf({ field, typed }: Entry): readonly Choice<Way>[] {
  if (typed !== undefined && typed !== '') return [{ word: 'keep', meaning: 'keep the one you gave just now', value: 'keep' }];
  if (field.from === 'vault') return [{ word: 'keep', meaning: 'keep the one that it has', value: 'keep' }];
  return field.spec.optional ? [{ word: 'none', meaning: 'do without', value: 'none' }] : [];
}

function wayOf(ways: readonly Choice<Way>[], typed: string): Way | undefined {
  const text = typed.toLowerCase();
  return (/^\d$/.test(text) ? ways[Number(text) - 1] : ways.find(({ word }) => word === text))?.value;
}

/** Undefined: given up, or they were two different ones. */
async function typedTwice({ field }: Entry, dispatch: Dispatch, talk: Talk): Promise<string | undefined> {
  const { readSecret } = talk.terminal;
  while (true) {
    const first = await readSecret('Type it, nothing of it is shown; Enter ends it: ');
    if (first === undefined || first === '') return undefined;
    const fault = dispatch.fault(field, first);
    if (fault !== undefined) {
      talk.say(`It will not do. It ${words(fault, talk.style)}.`);
      continue;
    }
    if ((await readSecret('Type the same once more: ')) === first) return first;
    talk.say('These were two different ones. Please type it anew.');
  }
}
