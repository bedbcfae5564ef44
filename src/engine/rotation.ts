import { fail } from '../model/failure.ts';
import type { Recipe } from '../model/recipe.ts';
import { leftAlone, type RunState } from '../model/run-state.ts';
import { withBases } from '../model/secret-order.ts';
import { secretText } from '../model/secrets.ts';
import { newSecret } from './new-secret.ts';
import type { Outside } from './outside.ts';
import type { Program } from './program.ts';
import type { Publisher } from './publish.ts';

/**
 * Puts new values into the vault, beside those in force; each is made of new ones where there are such. What a crash
 * left staged is taken as it is.
 */
export async function stageNewValues(
  names: readonly string[],
  recipe: Recipe,
  state: RunState,
  outside: Pick<Outside, 'vault' | 'generateSecret'>,
): Promise<void> {
  const { vault } = outside;
  for (const spec of withBases(names, recipe.secrets)) {
    if (!names.includes(spec.name) || vault.staged(spec.name) !== undefined) continue;
    const value = await newSecret(spec, recipe, state, outside, (name) => vault.staged(name) ?? vault.value(name));
    await vault.stage({ [spec.name]: value });
  }
}

/** Stages the values that this run is about, and writes that down. */
export async function stage(program: Program, outside: Outside, publisher: Publisher): Promise<void> {
  const names = rotatedNames(publisher.state);
  await stageNewValues(names, program.recipe, publisher.state, outside);
  const prints = await Promise.all(names.map((name) => outside.secrets.fingerprint(secretText(name, true))));
  const fingerprints = Object.fromEntries(names.map((name, index) => [name, prints[index] ?? '']));
  await publisher.append({ type: 'secret.staged', fingerprints }, { sync: true });
}

/** Puts the staged values in force. Each was in the vault before the event; a crash between the two costs an event. */
export async function commit(outside: Outside, publisher: Publisher): Promise<void> {
  const names = rotatedNames(publisher.state);
  for (const name of names) {
    if ((await outside.secrets.fingerprint(secretText(name, true))) === publisher.state.stagedFingerprints?.[name]) continue;
    throw fail(
      'secret.staged-lost',
      `The new value of ${name} is not in the vault any more: it was put back from a backup, say.`,
      {
        hints: ['Go back to the old value: `fairlead resume --abandon`.'],
      },
    );
  }
  await outside.vault.commit(names);
  await publisher.append({ type: 'secret.committed', names }, { sync: true });
}

/** Gives the staged values up, unless a crash fell between their coming in force and the event: then they are. */
export async function withdraw(outside: Outside, publisher: Publisher): Promise<void> {
  const names = rotatedNames(publisher.state);
  const prints = await Promise.all(names.map((name) => outside.secrets.fingerprint(secretText(name))));
  const inForce = names.every((name, index) => prints[index] === publisher.state.stagedFingerprints?.[name]);
  await publisher.append({ type: inForce ? 'secret.committed' : 'secret.withdrawn', names }, { sync: true });
}

/**
 * Forgets the staged values of a rotation that goes no further. Where a step was left alone on the way back, what it told
 * may know the new value still: that one is kept.
 */
export async function forgetStaged(outside: Outside, state: RunState): Promise<void> {
  if (leftAlone(state).length > 0) return;
  const names = rotatedNames(state);
  if (names.some((name) => outside.vault.staged(name) !== undefined)) await outside.vault.unstage(names);
}

/** The secrets that a run rotates; none for any other run. Pure. */
export function rotatedNames({ header }: RunState): readonly string[] {
  return header?.kind === 'rotate' ? (header.rotates ?? []) : [];
}
