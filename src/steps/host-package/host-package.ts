import Type, { type Static } from 'typebox';
import { fail } from '../../model/failure.ts';
import type { Change, ReadContext, StepType } from '../../model/step.ts';
import { hasApt, type PackageState, packageStates } from '../lib/dpkg.ts';
import { installPackages } from '../lib/install-packages.ts';
import { removePackages } from '../lib/remove-packages.ts';
import { ensure } from '../lib/schema.ts';

const schema = Type.Object(
  {
    names: Type.Array(Type.String({ pattern: '^[a-z0-9][a-z0-9+.-]+$' }), {
      minItems: 1,
      uniqueItems: true,
      description: "The packages, by the names that Debian's and Ubuntu's archives give them.",
    }),
    update: Type.Optional(
      Type.Union([Type.Literal('auto'), Type.Literal('always'), Type.Literal('never')], {
        description:
          'When to fetch the lists of packages before an install: `auto` (default) where they are older than a day or lack a package.',
      }),
    ),
    recommends: Type.Optional(Type.Boolean({ description: 'Install recommended packages too. Default: false.' })),
    ensure: ensure('each package'),
  },
  { additionalProperties: false },
);

type Params = Static<typeof schema>;

/** What one look found. */
interface State {
  /** The system's name where it has no apt. */
  readonly noApt?: string;
  readonly packages: readonly { readonly name: string; readonly state: PackageState; readonly made: boolean }[];
}

/** Packages of Debian and Ubuntu. */
export const hostPackage: StepType<Params, State> = {
  name: 'host.package',
  summary: 'Packages of the system (apt) are installed.',
  schema,
  removal: { targets: ({ names }) => names },
  needs: () => ['root'],
  whenInDoubt: () => 'read-again',
  read,
  diff,
  notes(params, state) {
    if (params.ensure === 'absent') {
      const kept = state.packages.filter(({ state: now, made }) => now === 'installed' && !made);
      return kept.map(({ name }) => `${name} kept: was here before`);
    }
    return state.noApt === undefined ? [] : [`${state.noApt} has no apt: install ${params.names.join(', ')} by hand`];
  },
  async apply(params, changes, ctx, state) {
    ctx.signal.throwIfAborted();
    const names = changes.map(({ target }) => target);
    if (state.noApt !== undefined) throw noApt(names, state.noApt);
    if (params.ensure === 'absent') await removePackages(ctx, names);
    else await installPackages(ctx, names, { update: params.update ?? 'auto', recommends: params.recommends ?? false });
    return undefined;
  },
};

async function read(params: Params, ctx: ReadContext): Promise<State> {
  const apt = await hasApt(ctx.host);
  if (!apt.there) {
    return { noApt: apt.system, packages: params.names.map((name) => ({ name, state: 'absent', made: ctx.made(name) })) };
  }
  const states = await packageStates(ctx, params.names);
  return {
    packages: params.names.map((name) => ({ name, state: states.get(name) ?? 'absent', made: ctx.made(name) })),
  };
}

function diff(params: Params, { packages }: State): readonly Change[] {
  if (params.ensure === 'absent') {
    return packages
      .filter(({ state, made }) => state !== 'absent' && made)
      .map(({ name }) => ({ action: 'delete', target: name }));
  }
  return packages.filter(({ state }) => state !== 'installed').map(({ name }) => ({ action: 'create', target: name }));
}

function noApt(names: readonly string[], system: string) {
  return fail('package.no-apt', `${system} has no apt, so fairlead can't install ${names.join(', ')}.`, {
    hints: [`Install ${names.join(', ')} by hand with the tools of ${system}, then skip this step.`],
  });
}
