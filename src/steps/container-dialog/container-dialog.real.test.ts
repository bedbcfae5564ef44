import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createDockerodeEngine } from '../../adapters/docker/dockerode-engine.ts';
import { OperatorNeeded } from '../../model/failure.ts';
import { secretText, type Text } from '../../model/secrets.ts';
import type { ApplyContext } from '../../model/step.ts';
import { importBusyboxImage, removeBusyboxImage } from '../../testing/busybox-image.ts';
import { contextOf, convergeStep, createWorld, type World } from '../../testing/step-bench.ts';
import { containerDialog } from './container-dialog.ts';

const run = promisify(execFile);
const suffix = randomBytes(4).toString('hex');
const image = `fairlead-dialog-${suffix}:1`;
const box = `fairlead-dialog-${suffix}`;
const PASSWORD = 'pass-W0rd $HOME "x"';

/**
 * A wizard as they are: prompts without an end of line, an answer that is not shown, a menu with arrow keys that folds itself
 * up, an exit code of 0 whatever happens.
 */
const WIZARD = String.raw`
stty() { busybox stty "$@"; }
printf '\033[1mWelcome\033[0m\nDomain name: '; read -r domain
while :; do
  printf 'Password: '; stty -echo; read -r password; stty echo; echo
  test "$password" = "$WANTED" && break
  echo 'failed to verify the password'
done
test -z "$MORE" || { printf "$MORE "; read -r more; echo "You said $more"; }
stty -icanon -echo
printf 'Verify mode: \033[90m(arrow keys)\033[0m\r\n\033[32m> none\033[0m\r\n  peer\033[2A\r'
key=$(busybox dd bs=1 count=3 2>/dev/null); test "$key" = "$(printf '\033[B')" && mode=peer || mode=none
busybox dd bs=1 count=1 >/dev/null 2>&1; stty sane
printf '\033[JVerify mode: \033[32m%s\033[0m\n' "$mode"
echo "Signed in to $domain with $password ($mode, $(stty size))"
`;

beforeAll(async () => {
  await importBusyboxImage(image);
  await run('docker', ['run', '--detach', '--name', box, image]);
});
afterAll(async () => {
  await run('docker', ['rm', '--force', box]).catch(() => undefined);
  await removeBusyboxImage(image);
});

const params = {
  container: box,
  argv: ['sh', '-c', `test -x /bin/test || for each in test printf; do busybox ln -sf busybox /bin/$each; done; ${WIZARD}`],
  env: { WANTED: secretText('password') },
  script: [
    { expect: 'Domain name: ', answer: 'x.lan' },
    { expect: 'Password: ', answer: secretText('password') as Text, repeat: 2 },
    { expect: 'Verify mode:', keys: ['down', 'enter'] },
  ],
  failure: { 'failed to verify': 'the password is wrong' },
  success: '^Signed in to',
  capture: { size: '(\\d+ \\d+)\\)$', domain: 'Signed in to (\\S+)' },
  silence: '2s',
};

function dialog(more: object = {}, context: Partial<ApplyContext> = {}) {
  const world: World = createWorld();
  world.secrets.set('password', PASSWORD);
  const ctx = contextOf(world, containerDialog);
  const docker = createDockerodeEngine({ reveal: ctx.reveal });
  const converged = convergeStep(
    containerDialog,
    { ...params, ...more },
    { ...ctx, docker, signal: AbortSignal.timeout(300_000), ...context },
  );
  return { world, converged };
}

const left = async (): Promise<readonly string[]> => {
  const { stdout } = await run('docker', ['exec', box, 'ps']);
  return stdout.split('\n').filter((line) => line.includes('Welcome'));
};

it('a wizard in a container is answered to its end, with a password that nobody sees, and tells what it made', async () => {
  const { world, converged } = dialog();
  expect((await converged).outputs).toEqual({ code: 0, size: '50 200', domain: 'x.lan' });
  expect(world.output).toContain('Signed in to x.lan with ••• (peer, 50 200)');
  expect(world.output).toContain('Verify mode: peer');
  expect(JSON.stringify(world.output)).not.toContain('W0rd');
  expect(await left()).toEqual([]);
});

it('a wrong password is a failure, though the program asks on and would end with 0; nothing of it is left', async () => {
  const [first, , last] = params.script;
  const { converged } = dialog({ script: [first, { expect: 'Password: ', answer: 'wrong' }, last] });
  await expect(converged).rejects.toMatchObject({
    failure: {
      code: 'container.dialog-failed',
      message: `In the container ${box}: sh: the password is wrong`,
      fault: 'operator',
      evidence: { tail: expect.arrayContaining(['failed to verify the password']) },
    },
  });
  expect(await left()).toEqual([]);
});

it('a prompt that the script does not know is the operator’s; where nobody is there, nothing of the program is left', async () => {
  const env = { ...params.env, MORE: 'Which colour?' };
  const answered = dialog({ env }, { ask: async () => 'blue' });
  expect((await answered.converged).outputs).toMatchObject({ domain: 'x.lan' });
  expect(answered.world.output).toContain('Which colour? blue');

  let screen: unknown;
  const ask: ApplyContext['ask'] = async ({ data }) => {
    screen = data;
    throw new OperatorNeeded('q');
  };
  await expect(dialog({ env }, { ask }).converged).rejects.toBeInstanceOf(OperatorNeeded);
  expect(screen).toMatchObject({ screen: 'Welcome\nDomain name: x.lan\nPassword:\nWhich colour?' });
  expect(await left()).toEqual([]);
});

it('stopped in its middle, nothing of the program is left', async () => {
  const stop = new AbortController();
  const ask: ApplyContext['ask'] = () =>
    new Promise((_, reject) => {
      stop.signal.addEventListener('abort', () => reject(stop.signal.reason));
      stop.abort();
    });
  const env = { ...params.env, MORE: 'Which colour?' };
  await expect(dialog({ env }, { ask, signal: stop.signal }).converged).rejects.toMatchObject({ name: 'AbortError' });
  expect(await left()).toEqual([]);
});
