import { oneValue, query } from './database.ts';
import { isSince } from './release.ts';

/** Who may register: anybody, whom a moderator approves, nobody. New servers of today begin with nobody. */
export type RegistrationsMode = 'open' | 'approved' | 'none';

/** As somebody has set it, or as this release begins. */
export function registrationsMode(): RegistrationsMode {
  const set = oneValue("SELECT value FROM settings WHERE var = 'registrations_mode'");
  return set === 'open' || set === 'approved' || set === 'none' ? set : isSince('4.3') ? 'none' : 'open';
}

/** Keeps a setting. */
export function keepSetting(name: string, value: string): void {
  query(`INSERT INTO settings VALUES (:'name', :'value') ON CONFLICT (var) DO UPDATE SET value = :'value'`, { name, value });
}
