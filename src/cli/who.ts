import { userInfo } from 'node:os';
import type { Who } from '../model/events.ts';

/** Who runs this: the login user, who called sudo, and the SSH client's address. */
export function whoIsThere(environment: NodeJS.ProcessEnv): Who {
  const sshClient = environment.SSH_CONNECTION?.split(' ')[0];
  return {
    user: userInfo().username,
    ...(environment.SUDO_USER ? { sudoUser: environment.SUDO_USER } : {}),
    ...(sshClient ? { sshClient } : {}),
  };
}
