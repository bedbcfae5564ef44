import { type FairleadError, fail } from '../model/failure.ts';

/** Why a rotation takes no other inputs. */
export function rotationChanged(): FairleadError {
  return fail(
    'usage.rotation-changed',
    'A rotation works with the inputs of the installed run: other ones are a run of their own.',
    {
      hints: ['Leave them out; then run the recipe with them. Nothing was changed.'],
    },
  );
}
