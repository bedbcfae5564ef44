import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);
const PATIENCE_MS = 90_000;
const NAME = 'org.freedesktop.secrets';

/** A real secret service (gnome-keyring) on a D-Bus of its own, with a keyring of its own: nobody's is touched. */
export interface SecretService {
  /** For processes that are to speak to it. */
  readonly environment: Readonly<Record<string, string>>;
  /** Locks its keyring. */
  lock(): Promise<void>;
  /** Ends its daemon and starts it anew, with the keyring open. */
  restart(): Promise<void>;
  /** Stops its daemon in mid-air: it neither answers nor ends. */
  freeze(): void;
  /** Lets it go on. */
  thaw(): void;
  end(): Promise<void>;
}

/** Starts one, with an open keyring. Needs `dbus-daemon`, `dbus-send` and `gnome-keyring-daemon`. */
export async function startSecretService(): Promise<SecretService> {
  const folder = await mkdtemp(join(tmpdir(), 'secret-service-'));
  const data = join(folder, 'data');
  await mkdir(data, { mode: 0o700 });
  const address = `unix:path=${join(folder, 'bus')}`;
  // Without a display, so that nobody is asked in a window.
  const environment = { DBUS_SESSION_BUS_ADDRESS: address, DISPLAY: '', WAYLAND_DISPLAY: '' };
  const env = { PATH: process.env.PATH, HOME: folder, XDG_RUNTIME_DIR: folder, XDG_DATA_HOME: data, ...environment };
  const send = async (...message: readonly string[]): Promise<string> =>
    (await run('dbus-send', ['--session', '--print-reply', ...message], { env })).stdout;

  const bus = spawn('dbus-daemon', ['--session', '--nofork', '--nosyslog', `--address=${address}`, '--print-address=1'], {
    env,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  await Promise.race([once(bus.stdout, 'data'), failed(bus, 'dbus-daemon')]);

  const startDaemon = async (): Promise<ChildProcess> => {
    const control = await mkdtemp(join(folder, 'control-'));
    const daemon = spawn(
      'gnome-keyring-daemon',
      ['--foreground', '--unlock', '--components=secrets', `--control-directory=${control}`],
      {
        env,
        stdio: ['pipe', 'ignore', 'ignore'],
      },
    );
    daemon.stdin?.end('the password of the keyring');
    await Promise.race([isOnBus(send, true), failed(daemon, 'gnome-keyring-daemon')]);
    return daemon;
  };
  let daemon = await startDaemon();

  return {
    environment,
    lock: async () => {
      const path = `/org/freedesktop/secrets`;
      await send(`--dest=${NAME}`, path, 'org.freedesktop.Secret.Service.Lock', `array:objpath:${path}/collection/login`);
    },
    async restart() {
      await ended(daemon);
      await isOnBus(send, false);
      daemon = await startDaemon();
    },
    freeze: () => void daemon.kill('SIGSTOP'),
    thaw: () => void daemon.kill('SIGCONT'),
    async end() {
      await ended(daemon);
      await ended(bus);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Waits until the service can be spoken to, or no longer. */
async function isOnBus(send: (...message: readonly string[]) => Promise<string>, wanted: boolean): Promise<void> {
  const question = ['--dest=org.freedesktop.DBus', '/', 'org.freedesktop.DBus.NameHasOwner', `string:${NAME}`];
  for (const giveUp = performance.now() + PATIENCE_MS; performance.now() < giveUp; await pause(50)) {
    if ((await send(...question)).includes(`boolean ${wanted}`)) return;
  }
  throw new Error(`${NAME} did not come to the bus, or go, in time`);
}

async function failed(child: ChildProcess, name: string): Promise<never> {
  const [first] = await Promise.race([once(child, 'error'), once(child, 'exit')]);
  throw new Error(`${name} ended at once (${String(first)}): is it installed?`);
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  child.kill('SIGKILL');
  await exit;
}
