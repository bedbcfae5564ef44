import { OperatorNeeded } from '../model/failure.ts';
import type { Json } from '../model/json.ts';
import { type KeptData, nameOfData } from '../model/kept-data.ts';
import type { SecretSpec } from '../model/recipe.ts';
import type { Attempt } from './attempt.ts';
import { dataKept, isLeftStaged, removeData } from './keeps.ts';
import type { Making } from './make-secrets.ts';

/**
 * Before a secret is made: does it keep data that is there already? Then the operator chooses. `adopt`: the value that
 * the data was made with is typed and goes to the vault; `rotate`: a new value is made, and steps of the recipe will tell the
 * system of it; `wipe`: the data goes, after a typed word.
 */
export async function agreeWithData(spec: SecretSpec, attempt: Attempt): Promise<Making> {
  const { run, step, acting } = attempt;
  const { vault } = run.outside;
  if (isLeftStaged(spec.name, run.publisher.state, vault)) {
    await vault.commit([spec.name]);
    return 'there';
  }
  const data = await dataKept(spec, step, run.program, run.publisher.state, run.outside);
  if (data === undefined) return 'make';
  const telling = run.program.tellings?.find(({ secret }) => secret === spec.name);
  const shown: Json = { title: step.title, ...data };
  const choices = ['adopt', ...(telling === undefined ? [] : ['rotate']), 'wipe', 'stop'];
  const answer = await acting.ask({ about: 'adopt', data: shown, takes: { choices } });
  if (answer === 'rotate' && telling !== undefined) return telling;
  switch (answer) {
    case 'adopt':
      await acting.ask({ about: 'adopt', data: shown, takes: { secret: spec.name } });
      return 'there';
    case 'wipe':
      await wipe(data, attempt);
      return 'make';
    default:
      throw new OperatorNeeded(`adopt:${spec.name}`);
  }
}

/** A crash between the word and the end of the removal leaves data that is asked about again, or none. */
async function wipe(data: KeptData, attempt: Attempt): Promise<void> {
  const { acting, hold, signal, step, run } = attempt;
  const word = nameOfData(data);
  await acting.ask({
    about: 'danger',
    data: { title: step.title, secret: data.secret, targets: ['path' in data ? word : `the volume ${word}`] },
    takes: { word },
  });
  await hold.take();
  try {
    signal.throwIfAborted();
    await removeData(data, step, run.outside);
  } finally {
    await hold.giveUp();
  }
  acting.output(`wiped ${word}`);
}
