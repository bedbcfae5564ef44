import type { RunOptions } from '../model/events.ts';
import { OperatorNeeded } from '../model/failure.ts';
import type { Request } from '../model/feed.ts';
import type { Json } from '../model/json.ts';
import type { Vault } from '../model/ports.ts';
import { type Question, takesAnswer } from '../model/questions.ts';
import { keepAnswer } from './keep-answer.ts';
import { type StandingAnswers, standingAnswer } from './policy.ts';
import type { Publisher } from './publish.ts';

/** Asks questions of options first, then of the operator. */
export interface Asker {
  /** Throws `OperatorNeeded` where nobody answers. The question and its answer are in the journal. */
  ask(question: Question, signal: AbortSignal): Promise<Json>;
  /** Is a question open that only a person can answer? */
  isWaiting(): boolean;
  /** Nobody is there any more: the open question, and every later one, has only options to answer it. */
  leave(): void;
  /** Hands in what a view requests; an answer that the open question does not take is ignored. */
  receive(request: Request): void;
}

/** `atStart`: is somebody there to answer? `onWaiting` hears each time that only a person can go on. */
export function createAsker(
  publisher: Publisher,
  standing: StandingAnswers,
  options: RunOptions,
  atStart: boolean,
  vault: Vault,
  onWaiting: () => void = () => undefined,
): Asker {
  let attended = atStart;
  let open:
    | { readonly question: Question; readonly resolve: (answer: Json) => void; readonly reject: (error: unknown) => void }
    | undefined;

  /** A secret is in the vault before its answer is written, and what is written is its name only. */
  const written = async ({ takes }: Question, answer: Json): Promise<Json> =>
    'secret' in takes ? { ...(await keepAnswer(takes.secret, String(answer), publisher.state, vault)) } : answer;

  return {
    async ask(question, signal) {
      const known = publisher.state.answers.get(question.id);
      if (known !== undefined) return known;
      if (publisher.state.question?.id !== question.id) await publisher.append({ type: 'question.asked', question });
      const stands = standingAnswer(question, standing, options, publisher.state, attended);
      if (stands !== undefined) {
        await publisher.append({ type: 'question.answered', id: question.id, ...stands }, { sync: true });
        return stands.answer;
      }
      const given = 'secret' in question.takes ? standing.secrets?.get(question.takes.secret) : undefined;
      if (given !== undefined && takesAnswer(question.takes, given)) {
        const answer = await written(question, given);
        await publisher.append({ type: 'question.answered', id: question.id, answer, by: 'option' }, { sync: true });
        return answer;
      }
      if (!attended) throw new OperatorNeeded(question.id);
      const typed = await new Promise<Json>((resolve, reject) => {
        const stop = (): void => reject(signal.reason);
        if (signal.aborted) return stop();
        signal.addEventListener('abort', stop, { once: true });
        open = { question, resolve, reject };
        onWaiting();
      }).finally(() => {
        open = undefined;
      });
      const answer = await written(question, typed);
      await publisher.append({ type: 'question.answered', id: question.id, answer, by: 'operator' }, { sync: true });
      return answer;
    },
    isWaiting: () => open !== undefined,
    leave() {
      attended = false;
      open?.reject(new OperatorNeeded(open.question.id));
    },
    receive(request) {
      if (request.kind !== 'answer' || open === undefined) return;
      if (request.id === open.question.id && takesAnswer(open.question.takes, request.answer)) open.resolve(request.answer);
    },
  };
}
