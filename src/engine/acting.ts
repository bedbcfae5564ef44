import type { RecipeStep } from '../model/recipe.ts';
import { sanitize } from '../model/untrusted-text.ts';
import type { Asker } from './ask.ts';
import type { HostHold } from './host-hold.ts';
import type { Acting } from './look.ts';
import type { OutputLog, Outside } from './outside.ts';
import { createPacedLines } from './paced-lines.ts';
import type { Publisher } from './publish.ts';

/** A step's output: shown live and kept, redacted and without escape sequences. */
export interface StepOutput {
  line(text: string): void;
  /** The last lines, for a failure's evidence. */
  readonly tail: readonly string[];
  /** Shows what still waits to be shown: before the step's end is told. */
  settle(): void;
  close(): Promise<void>;
}

const HIDDEN = 'The output of this step is not shown: it holds secrets.';

/** A text of so many characters may be the beginning of a longer line, which was cut: its end may be half a secret. */
const MAY_BE_CUT = 16 * 1024;

/** Opens the step's output; its file is made with the first line. */
export function openOutput(step: RecipeStep, attempt: number, outside: Outside, publisher: Publisher, keep: number): StepOutput {
  const tail: string[] = [];
  const live = createPacedLines((text) => publisher.show({ type: 'step.output', step: step.id, text }));
  let log: OutputLog | undefined;
  let hidden = false;
  const put = (text: string): void => {
    log ??= outside.outputLog(step.id, attempt);
    log.write(text);
    tail.push(text);
    if (tail.length > keep) tail.shift();
    live.line(text);
  };
  return {
    tail,
    line(text) {
      if (step.sensitive) {
        if (!hidden) put(HIDDEN);
        hidden = true;
        return;
      }
      const plain = sanitize(text);
      const redactor = publisher.redactor();
      // A program that was killed may have begun a secret at its end. Of a long line that was cut even less is shown: a stream
      // holds back at its end whatever may be the beginning of one.
      put(text.length < MAY_BE_CUT ? redactor.redactCut(plain) : redactor.stream().push(plain));
    },
    settle: () => live.settle(),
    async close() {
      live.settle();
      await log?.close();
    },
  };
}

/** What `apply` can do that `read` can't, for one attempt at a step. */
export function actingFor(
  step: RecipeStep,
  attempt: number,
  outside: Outside,
  publisher: Publisher,
  asker: Asker,
  output: StepOutput,
  hold: HostHold,
  signal: AbortSignal,
): Acting {
  let asked = 0;
  return {
    reveal: (text) => outside.secrets.reveal(text),
    output: (line) => output.line(line),
    ask(question, terminal) {
      asked++;
      const now = publisher.state.steps.get(step.id);
      const raised = now?.status === 'intended' ? now.intentSeq : now?.startedSeq;
      const id = `${question.about}:${step.id}:${raised}:${asked}`;
      // A person may take his time: nobody else is kept from the host meanwhile.
      // Nor is the terminal of a program lent whose output nobody is to see.
      const unseen = step.sensitive && question.about === 'dialog';
      const asking = unseen ? { ...question, data: { markdown: HIDDEN } } : question;
      return hold.without(() => asker.ask({ ...asking, id, step: step.id, attempt }, signal, unseen ? undefined : terminal));
    },
    backUp: (path, bytes) => outside.keepBackup(step.id, attempt, path, bytes),
  };
}
