import { RIGHTS, type RoleParams, type RoleState, wantedRights } from './params.ts';

/** One line, or none: the rights in the order of `RIGHTS` (`t` or `f`), and what is kept of the password where it is asked for. */
export function lookStatement({ role, password }: RoleParams): string {
  const rights = 'rolcanlogin, rolsuper, rolcreatedb, rolcreaterole';
  // Whoever is no superuser can read the rights, and not the table with the passwords.
  const from = password === undefined ? 'pg_catalog.pg_roles' : 'pg_catalog.pg_authid';
  const kept = password === undefined ? '' : ", coalesce(rolpassword, '')";
  return `SELECT ${rights}${kept} FROM ${from} WHERE rolname = ${literal(role)};\n`;
}

/** Makes the role, or changes what differs: all of it or nothing. `verifier` where the password is to be set. */
export function wantedStatements(params: RoleParams, now: RoleState | undefined, verifier: string | undefined): string {
  const options = wantedRights(params)
    .filter(([right, wanted]) => now?.[right] !== wanted)
    .map(([right, wanted]) => `${wanted ? '' : 'NO'}${RIGHTS[right]}`);
  if (verifier !== undefined) options.push(`PASSWORD ${literal(verifier)}`);
  const verb = now === undefined ? 'CREATE' : 'ALTER';
  return unlogged(`${verb} ROLE ${identifier(params.role)} WITH ${options.join(' ')};`);
}

/** Takes the role away. */
export function dropStatement({ role }: RoleParams): string {
  return unlogged(`DROP ROLE ${identifier(role)};`);
}

/**
 * In a transaction of its own, kept out of the server's log whatever it is set to log: a verifier is no password, but whoever
 * has it can try passwords at leisure. Only a superuser can order that.
 */
function unlogged(statement: string): string {
  const quiet = { log_statement: 'none', log_min_duration_statement: '-1', log_min_error_statement: 'panic' };
  const settings = Object.entries(quiet).map(([name, value]) => `set_config(${literal(name)}, ${literal(value)}, true)`);
  const superuser = '(SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user)';
  return `BEGIN;\nSELECT ${settings.join(', ')} WHERE ${superuser};\n${statement}\nCOMMIT;\n`;
}

function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

function literal(value: string): string {
  return `'${value.replaceAll("'", "''")}'`;
}
