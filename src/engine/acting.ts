import type { RecipeStep } from '../model/recipe.ts';
import { sanitize } from '../model/untrusted-text.ts';
import type { Asker } from './ask.ts';
import type { Acting } from './look.ts';
import type { OutputLog, Outside } from './outside.ts';
import type { Publisher } from './publish.ts';

/** A step's output: shown live and kept, redacted and without escape sequences. */
export interface StepOutput {
  line(text: string): void;
  /** The last lines, for a failure's evidence. */
  readonly tail: readonly string[];
  close(): Promise<void>;
}

const HIDDEN = 'The output of this step is not shown: it holds secrets.';

/** Opens the step's output; its file is made with the first line. */
export function openOutput(step: RecipeStep, attempt: number, outside: Outside, publisher: Publisher, keep: number): StepOutput {
  const tail: string[] = [];
  let log: OutputLog | undefined;
  let hidden = false;
  const put = (text: string): void => {
    log ??= outside.outputLog(step.id, attempt);
    log.write(text);
    tail.push(text);
    if (tail.length > keep) tail.shift();
    publisher.show({ type: 'step.output', step: step.id, text });
  };
  return {
    tail,
    line(text) {
      if (step.sensitive) {
        if (!hidden) put(HIDDEN);
        hidden = true;
        return;
      }
      put(publisher.redactor().redact(sanitize(text)));
    },
    async close() {
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
  signal: AbortSignal,
): Acting {
  let asked = 0;
  return {
    reveal: (text) => outside.secrets.reveal(text),
    output: (line) => output.line(line),
    ask(question) {
      asked++;
      const now = publisher.state.steps.get(step.id);
      const raised = now?.status === 'intended' ? now.intentSeq : now?.startedSeq;
      const id = `${question.about}:${step.id}:${raised}:${asked}`;
      return asker.ask({ ...question, id, step: step.id, attempt }, signal);
    },
    backUp: (path, bytes) => outside.keepBackup(step.id, attempt, path, bytes),
  };
}
