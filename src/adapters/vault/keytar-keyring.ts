import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type FairleadError, fail } from '../../model/failure.ts';
import { KEYRING_SERVICE, type Keyring } from './keyring.ts';

/** A keyring in use answers within some 50 ms; on a machine that is busy with much else it takes seconds. */
const LIMIT_MS = 5000;

type Request = { readonly call: 'get' | 'set' | 'delete'; readonly account: string; readonly secret?: string };
type Answer = { readonly value?: string | null } | { readonly trouble: 'absent' | 'refused'; readonly message: string };

/**
 * The operating system's keyring through `keytar`, an optional package: each call in a process of its own, which is ended
 * after `limitMs` (5 s). See `keytar-child.mjs`.
 */
export function createKeytarKeyring(environment: NodeJS.ProcessEnv = process.env, limitMs = LIMIT_MS): Keyring {
  const call = async (request: Request): Promise<string | undefined> => {
    const answer = await callOnce(request, environment, limitMs);
    if ('trouble' in answer) throw answer.trouble === 'absent' ? notInstalled(answer.message) : refused(answer.message);
    return answer.value ?? undefined;
  };
  return {
    get: (account) => call({ call: 'get', account }),
    set: async (account, secret) => void (await call({ call: 'set', account, secret })),
    delete: async (account) => void (await call({ call: 'delete', account })),
  };
}

function callOnce(request: Request, env: NodeJS.ProcessEnv, limitMs: number): Promise<Answer> {
  const probe = { account: `probe-${randomBytes(6).toString('hex')}`, value: randomBytes(16).toString('hex') };
  return new Promise((resolve, reject) => {
    // Its standard error is libraries' talk; what matters comes as an answer.
    const child = spawn(process.execPath, [childProgram()], { env, stdio: ['pipe', 'pipe', 'ignore'] });
    /** Whatever comes first counts; what a library may have started besides is not waited for. */
    const end = (act: () => void): void => {
      clearTimeout(timer);
      child.kill('SIGKILL');
      child.stdout.destroy();
      act();
    };
    // Where it was we who stood still, an answer that came meanwhile is read first.
    const timer = setTimeout(() => setImmediate(() => end(() => reject(silent(limitMs)))), limitMs);
    let written = '';
    child.stdin.on('error', () => undefined);
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      written += chunk;
      if (written.endsWith('\n')) end(() => resolve(parseAnswer(written)));
    });
    child.on('error', (cause: NodeJS.ErrnoException) =>
      end(() => reject(refused(`no process could be started for it (${cause.code ?? 'unknown'})`))),
    );
    child.on('close', (code, signal) => end(() => reject(refused(`the call ended with ${signal ?? `exit code ${code}`}`))));
    child.stdin.end(JSON.stringify({ ...request, service: KEYRING_SERVICE, probe }));
  });
}

function parseAnswer(text: string): Answer {
  try {
    return JSON.parse(text) as Answer;
  } catch {
    return { trouble: 'refused', message: 'its answer makes no sense' };
  }
}

/** In the source tree beside this module; in the built program in `scripts/` of the same folder or of the one above. */
function childProgram(): string {
  const name = 'keytar-child.mjs';
  const places = [name, `scripts/${name}`, `../scripts/${name}`].map((path) => fileURLToPath(new URL(path, import.meta.url)));
  return places.find((path) => existsSync(path)) ?? name;
}

const OTHER_HOMES = 'Or keep the key elsewhere: `fairlead secrets keep-key file`, or `passphrase`.';

function silent(limitMs: number): FairleadError {
  return fail('vault.keyring-silent', `The keyring did not answer within ${limitMs / 1000} s.`, {
    fault: 'environment',
    hints: [
      'It may wait for somebody to unlock it in a window: unlock it, then do the same again. Nothing was changed.',
      'If it hangs: end its daemon (gnome-keyring-daemon, kwalletd) and log in again.',
    ],
  });
}

function refused(message: string): FairleadError {
  if (/\blocked\b/i.test(message)) {
    return fail('vault.keyring-locked', 'The keyring is locked.', {
      fault: 'environment',
      hints: [
        'Unlock it (log in at the desktop, or: gnome-keyring-daemon --unlock), then do the same again. Nothing was changed.',
      ],
    });
  }
  return fail('vault.keyring-unavailable', `The keyring can't be used: ${message}.`, {
    fault: 'environment',
    hints: [
      'It needs a secret service (gnome-keyring, KWallet) on the D-Bus of this session; over SSH there is often none. Nothing was changed.',
      OTHER_HOMES,
    ],
  });
}

function notInstalled(message: string): FairleadError {
  return fail('vault.keyring-unavailable', `The keyring can't be used: keytar, which speaks to it, does not load (${message}).`, {
    fault: 'environment',
    hints: [
      'On Debian and Ubuntu: apt-get install libsecret-1-dev g++ make python3, then `npm ci` in the folder of fairlead. Nothing was changed.',
      OTHER_HOMES,
    ],
  });
}
