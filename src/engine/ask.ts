import type { RunOptions } from '../model/events.ts';
import { OperatorNeeded } from '../model/failure.ts';
import type { Request } from '../model/feed.ts';
import type { Json } from '../model/json.ts';
import type { Vault } from '../model/ports.ts';
import { answerName, type Question, takesAnswer } from '../model/questions.ts';
import type { SecretSpec } from '../model/recipe.ts';
import type { LentTerminal } from '../model/step.ts';
import { keepAnswer } from './keep-answer.ts';
import { type Lending, lendTerminal } from './lend-terminal.ts';
import { namedAnswer, type StandingAnswers, standingAnswer } from './policy.ts';
import type { Publisher } from './publish.ts';

/** Asks questions of options first, then of the operator. */
export interface Asker {
  /**
   * Throws `OperatorNeeded` where nobody answers. The question and its answer are in the journal. Instead of answering the operator
   * may take the `terminal` that it is about: then the answer says when.
   */
  ask(question: Question, signal: AbortSignal, terminal?: LentTerminal): Promise<Json>;
  /** Is a question open that only a person can answer? */
  isWaiting(): boolean;
  /** Nobody is there any more: the open question, and every later one, has only options to answer it. */
  leave(): void;
  /** Hands in what a view requests; an answer that the open question does not take is ignored. */
  receive(request: Request): void;
}

/** An answer that was not known before. */
interface Given {
  readonly answer: Json;
  readonly by: 'operator' | 'policy';
}

/** `atStart`: is somebody there to answer? `onWaiting` hears each time that only a person can go on. */
export function createAsker(
  publisher: Publisher,
  standing: StandingAnswers,
  options: RunOptions,
  atStart: boolean,
  vault: Vault,
  secrets: readonly SecretSpec[] = [],
  onWaiting: () => void = () => undefined,
): Asker {
  let attended = atStart;
  /** What answers of the command line were for that a question has taken. */
  const answered = new Set<string>();
  let open:
    | {
        readonly question: Question;
        readonly lending?: Lending;
        resolve(given: Given): void;
        reject(error: unknown): void;
      }
    | undefined;

  const specOf = (name: string): SecretSpec | undefined => secrets.find((spec) => spec.name === name);

  /** A secret is in the vault before its answer is written, and what is written is its name only. */
  const written = async ({ takes }: Question, answer: Json): Promise<Json> =>
    'secret' in takes
      ? { ...(await keepAnswer(takes.secret, String(answer), publisher.state, vault, specOf(takes.secret))) }
      : answer;

  /** Does the command line name an answer that this question does not take? One that another question took was meant for that. */
  const refuses = (question: Question): boolean => {
    const named = namedAnswer(question, standing);
    return named !== undefined && !takesAnswer(question.takes, named) && !answered.has(answerName(question) ?? '');
  };

  const lent = (question: Question, terminal: LentTerminal, resolve: (given: Given) => void): Lending =>
    lendTerminal({
      question,
      terminal,
      show: publisher.show,
      redactor: publisher.redactor,
      // What a program came to while nobody had a hand in it is nobody's answer.
      done: (answer) => resolve({ answer: { ...answer }, by: answer.taken === undefined ? 'policy' : 'operator' }),
    });

  return {
    async ask(question, signal, terminal) {
      const known = publisher.state.answers.get(question.id);
      if (known !== undefined) return known;
      const stands = standingAnswer(question, standing, options, publisher.state, attended);
      const isRefused = stands?.by !== 'option' && refuses(question);
      if (publisher.state.question?.id !== question.id) {
        await publisher.append({ type: 'question.asked', question: isRefused ? { ...question, refused: true } : question });
      }
      if (stands?.by === 'option') answered.add(answerName(question) ?? '');
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
      const got = await new Promise<Given>((resolve, reject) => {
        const stop = (): void => reject(signal.reason);
        if (signal.aborted) return stop();
        signal.addEventListener('abort', stop, { once: true });
        open = { question, resolve, reject };
        if (terminal !== undefined) open = { ...open, lending: lent(question, terminal, resolve) };
        onWaiting();
      }).finally(() => {
        open?.lending?.close();
        open = undefined;
      });
      const answer = got.by === 'operator' ? await written(question, got.answer) : got.answer;
      await publisher.append({ type: 'question.answered', id: question.id, answer, by: got.by }, { sync: true });
      return answer;
    },
    isWaiting: () => open !== undefined,
    leave() {
      attended = false;
      open?.reject(new OperatorNeeded(open.question.id));
    },
    receive(request) {
      if (request.kind === 'terminal') open?.lending?.receive(request);
      // Whoever has the terminal at hand answers there.
      if (request.kind !== 'answer' || open === undefined || open.lending?.isTaken() === true) return;
      if (request.id === open.question.id && takesAnswer(open.question.takes, request.answer))
        open.resolve({ answer: request.answer, by: 'operator' });
    },
  };
}
