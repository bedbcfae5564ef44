import { secretVariable } from '../model/questions.ts';

const PREFIX = secretVariable('');

/** The values of secrets to adopt that the environment holds, by the secret's name. An empty one counts as not given. */
export function secretValues(environment: NodeJS.ProcessEnv): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  for (const [name, value] of Object.entries(environment)) {
    if (name.startsWith(PREFIX) && value) values.set(name.slice(PREFIX.length).toLowerCase(), value);
  }
  return values;
}
