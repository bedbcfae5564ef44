import { expect, it } from 'vitest';
import { takeEnvironment } from './own-environment.ts';

it('what may be a secret is read and then gone; all else stays for the programs that are started', () => {
  const own: NodeJS.ProcessEnv = {
    PATH: '/bin',
    FAIRLEAD_STATE_DIR: '/srv',
    FAIRLEAD_INPUT_PIN: '1',
    FAIRLEAD_INPUT_: '2',
    FAIRLEAD_SECRET_DB: '3',
    FAIRLEAD_PASSPHRASE: '4',
    FAIRLEAD_KEY_PASSPHRASE: '5',
    FAIRLEAD_PASSPHRASES: 'not ours',
  };
  const whole = { ...own };
  expect(takeEnvironment(own)).toEqual(whole);
  expect(own).toEqual({ PATH: '/bin', FAIRLEAD_STATE_DIR: '/srv', FAIRLEAD_PASSPHRASES: 'not ours' });
});
