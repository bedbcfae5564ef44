import { type Choice, chosenFrom, numbersText, type Talk } from './talk.ts';

/** What Ctrl-C was meant to say about a run. */
export type StopWish = 'watch' | 'leave' | 'after-step' | 'now';

/** Asks what becomes of the run; who gives no answer leaves it running, which harms nothing. */
export async function askHowToStop(
  talk: Talk,
  { atQuestion, stopping }: { readonly atQuestion: boolean; readonly stopping: boolean },
  signal: AbortSignal,
): Promise<StopWish> {
  const choices: readonly Choice<StopWish>[] = [
    atQuestion
      ? { word: 'back', meaning: 'back to the question', value: 'watch' }
      : { word: 'back', meaning: 'go on watching', value: 'watch' },
    { word: 'leave', meaning: 'leave it running; you can come back to it', value: 'leave' },
    ...(atQuestion || stopping
      ? []
      : [{ word: 'stop', meaning: 'stop after this step; it can be resumed', value: 'after-step' } as const]),
    stopping
      ? { word: 'now', meaning: 'leave to itself what does not stop', value: 'now' }
      : { word: 'now', meaning: 'stop now, wherever it is; it can be resumed', value: 'now' },
  ];
  talk.say('', 'What about the run?', ...choices.map(({ word, meaning }, index) => `${index + 1}. ${word}: ${meaning}`));
  while (true) {
    const typed = await talk.ask(`Type ${numbersText(choices.length)} or a word (Ctrl-C once more leaves it running): `, signal);
    if (typed === undefined) return 'leave';
    const chosen = chosenFrom(choices, typed);
    if (chosen !== undefined) return chosen.value;
    talk.say('Please type one of the numbers or words.');
  }
}
