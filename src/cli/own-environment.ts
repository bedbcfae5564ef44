/** What of our environment may be a secret: values of inputs, of adopted secrets, passphrases of keys. */
const PRIVATE = /^FAIRLEAD_(INPUT_|SECRET_|(KEY_)?PASSPHRASE$)/;

/**
 * A copy of the environment to read from; of `own` what may be a secret is gone after it, so that no program that we
 * start inherits it.
 */
export function takeEnvironment(own: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const whole = { ...own };
  for (const name of Object.keys(own)) if (PRIVATE.test(name)) delete own[name];
  return whole;
}

/** What of an environment may be a secret. */
export function privatePart(environment: NodeJS.ProcessEnv): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(environment).flatMap(([name, value]) => (PRIVATE.test(name) && value !== undefined ? [[name, value]] : [])),
  );
}
