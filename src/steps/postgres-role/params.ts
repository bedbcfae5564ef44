import Type, { type Static } from 'typebox';
import { ensure, text } from '../lib/schema.ts';

/** Names that need no thought about quoting, and never look like an option; PostgreSQL cuts longer ones off. */
const NAME = '^[A-Za-z_][A-Za-z0-9_$.-]{0,62}$';
const right = (what: string) => Type.Optional(Type.Boolean({ description: `${what} Default: as it is; a new role may not.` }));

/** Schema of `postgres.role`. */
export const roleSchema = Type.Object(
  {
    container: Type.Optional(
      Type.String({
        pattern: '^[a-zA-Z0-9][a-zA-Z0-9_.-]*$',
        description: 'The container that PostgreSQL runs in. Default: it runs on the host itself.',
      }),
    ),
    user: Type.Optional(
      Type.String({
        pattern: '^[A-Za-z0-9_][A-Za-z0-9_.-]*$',
        description: 'The system user (of the container, or of the host) that connects over the local socket. Default: postgres.',
      }),
    ),
    admin: Type.Optional(
      Type.String({
        pattern: NAME,
        description:
          'The role to connect as: a superuser, since only they can read whether a password is as wanted. Default: postgres.',
      }),
    ),
    database: Type.Optional(Type.String({ pattern: NAME, description: 'The database to connect to. Default: postgres.' })),
    role: Type.String({
      pattern: `^(?!pg_)${NAME.slice(1)}`,
      description: "The role's name; upper and lower case are different letters here.",
    }),
    password: Type.Optional(
      text(
        'Its password. The server is given a SCRAM-SHA-256 verifier of it, never the password itself. Default: not looked at; a new role has none.',
      ),
    ),
    login: Type.Optional(Type.Boolean({ description: 'May it log in? Default: true.' })),
    superuser: right('May it do everything?'),
    createdb: right('May it make databases?'),
    createrole: right('May it make and change other roles?'),
    ensure: ensure('the role'),
  },
  { additionalProperties: false },
);

/** Params of `postgres.role`. */
export type RoleParams = Static<typeof roleSchema>;

/** The rights that are looked at, as PostgreSQL writes them. */
export const RIGHTS = { login: 'LOGIN', superuser: 'SUPERUSER', createdb: 'CREATEDB', createrole: 'CREATEROLE' } as const;

/** One of them. */
export type Right = keyof typeof RIGHTS;

/** A role that is there. */
export type RoleState = Readonly<Record<Right, boolean>> & {
  /** True also where the params say nothing of a password. */
  readonly passwordFits: boolean;
};

/** The rights that these params want to be so or so. */
export function wantedRights(params: RoleParams): readonly (readonly [right: Right, wanted: boolean])[] {
  const wanted = { ...params, login: params.login ?? true };
  return (Object.keys(RIGHTS) as Right[]).flatMap((right) => {
    const value = wanted[right];
    return value === undefined ? [] : [[right, value] as const];
  });
}

/** The role as changes name it: roles belong to a server, and a host may have several. */
export function targetOf({ container, role }: RoleParams): string {
  return container === undefined ? `role ${role}` : `${container}: role ${role}`;
}
