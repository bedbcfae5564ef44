import Type, { type Static } from 'typebox';
import { accountName } from '../lib/account-program.ts';
import { absolutePath, ensure } from '../lib/schema.ts';

const groupRef = { pattern: '^[A-Za-z0-9_][A-Za-z0-9_.-]*\\$?$' };

/** Schema of `host.user`. */
export const userSchema = Type.Object(
  {
    name: accountName('The login name.'),
    uid: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 4294967294,
        description: 'Its number. Default: a free one; a user who is there keeps their own.',
      }),
    ),
    group: Type.Optional(
      Type.Union(
        [
          Type.String({ ...groupRef, description: 'The login group, which must exist.' }),
          Type.Integer({ minimum: 0, description: "The login group's number." }),
        ],
        {
          description:
            'The login group, by name or number. Default: a group named like the user, which is made where it is missing.',
        },
      ),
    ),
    groups: Type.Optional(
      Type.Array(Type.String(groupRef), {
        uniqueItems: true,
        description: 'Further groups that the user must be in. Memberships that are not listed stay.',
      }),
    ),
    home: Type.Optional(absolutePath('The home folder. Default: `/home/NAME`.')),
    create_home: Type.Optional(
      Type.Boolean({
        description:
          'Make the home folder (mode 0750, empty, owned by the user) where it is missing. Default: false. It is never removed.',
      }),
    ),
    shell: Type.Optional(absolutePath('The login shell. Default for a new user: `/usr/sbin/nologin`.')),
    system: Type.Optional(
      Type.Boolean({ description: 'Take a free number from the range of system users when it is made. Default: false.' }),
    ),
    comment: Type.Optional(Type.String({ pattern: '^[^:\\n]*$', description: 'The full name or purpose.' })),
    ensure: ensure('the user'),
  },
  { additionalProperties: false },
);

/** Params of `host.user`. */
export type UserParams = Static<typeof userSchema>;

/** What is known of the user. */
export interface UserState {
  readonly user?: {
    readonly uid: number;
    readonly gid: number;
    /** The login group's name, or its number where it has none. */
    readonly group: string;
    /** Is the login group the one that the params want (or do they want none)? */
    readonly groupIsWanted: boolean;
    /** False where a crash cut useradd off before it wrote the group that it made with the user. */
    readonly groupIsThere: boolean;
    /** Names of all groups that the user is in, the login group among them; sorted. */
    readonly memberOf: readonly string[];
    readonly home: string;
    /** False also for the folder of root that a crash left half made. */
    readonly homeIsThere: boolean;
    readonly shell: string;
    readonly comment: string;
  };
  readonly made: boolean;
}
