import type { ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JournalEvent } from '../../../src/model/events.ts';
import { failureLine } from '../../../src/testing/failure-line.ts';
import { createFairlead, type FairleadEnd } from '../../../src/testing/fairlead-process.ts';
import { createEnte, docker, type OwnedEnte, registering, removeEnte } from './owned-ente.ts';

const killAtLine = fileURLToPath(new URL('../../../src/testing/crash/kill-at-line.ts', import.meta.url));

describe('ente, killed in the middle of what takes its time', () => {
  let ente: OwnedEnte;
  let phone: ReturnType<typeof registering>;

  beforeAll(async () => {
    ente = await createEnte();
    phone = registering(ente);
  });
  afterAll(async () => {
    await removeEnte(ente);
  });

  const OPTIONS = ['--yes', '--json', '--ack', 'all'];
  const eventsIn = ({ stdout }: FairleadEnd): readonly JournalEvent[] =>
    stdout.split('\n').flatMap((line) => (line.endsWith('}') ? [JSON.parse(line) as JournalEvent] : []));
  const sql = async (statement: string): Promise<string> =>
    (
      await docker('exec', `${ente.name}-postgres`, 'psql', '-XAtq', '-U', 'entedbuser', '-d', 'ente_db', '-c', statement)
    ).stdout.trim();
  const storage = () => sql('SELECT storage FROM subscriptions');
  const programs = async (): Promise<string> => (await docker('top', `${ente.name}-cli`, '-o', 'pid,args')).stdout;

  /** Starts it, and kills its process (SIGKILL) as soon as that step is at work and `isAt` says that it is in the middle. */
  async function killedWithin(step: string, isAt: () => Promise<boolean>, ...args: readonly string[]): Promise<void> {
    const begun = Promise.withResolvers<ChildProcess>();
    const end = ente.fairlead.start([...args, ...OPTIONS], (line, child) => {
      phone.onLine(line);
      const event = JSON.parse(line) as JournalEvent;
      if (event.type === 'step.intended' && event.step === step) begun.resolve(child);
    });
    const child = await Promise.race([begun.promise, end.then(({ stderr }) => Promise.reject(new Error(`it ended: ${stderr}`)))]);
    await expect.poll(() => isAt().catch(() => false), { timeout: 60_000, interval: 20 }).toBe(true);
    child.kill('SIGKILL');
    expect((await end).code).toBeNull();
  }
  const resume = (...more: readonly string[]) => ente.fairlead.start(['resume', ente.name, ...OPTIONS, ...more], phone.onLine);

  it('compose.up, with half of the containers there: the same run goes on, up to the next kill', async () => {
    const isHalf = async () => {
      const { stdout } = await docker('ps', '-q', '--filter', `name=^${ente.name}-`);
      return stdout.split('\n').length > 2;
    };
    await killedWithin('up', isHalf, 'run', ...(await ente.args()));
  });

  it('the login: ente-cli is asked whether it is logged in, and is logged in anew, without any question', async () => {
    await killedWithin('login', async () => (await programs()).includes('account add'), 'resume', ente.name);
    expect(await programs()).toContain('account add');
    const end = await resume();
    expect(end.code, end.stderr).toBe(0);
    expect(await programs()).not.toContain('ente-cli');
    expect(eventsIn(end).filter(({ type }) => type === 'question.asked')).toEqual([]);
    const { stdout } = await docker('exec', `${ente.name}-cli`, '/ente-cli', 'account', 'list');
    expect(stdout).toContain('Configured accounts: 1');
    expect(stdout).toContain(await phone.registered);
  });

  const limits = (size: number) => [
    'task',
    ente.name,
    'limits',
    ...['user=me@home.lan', 'expires=2040-12-31', `storage=${size}GB`].flatMap((input) => ['--input', input]),
  ];
  const isAskedAbout = async (): Promise<void> => {
    const { code, stderr } = await resume();
    expect(code, stderr).toBe(3);
    expect(failureLine(stderr)).toMatchObject({
      code: 'run.operator-needed',
      message: expect.stringContaining('step limits asks (in-doubt)'),
    });
  };

  it('a dialog of which nothing tells afterwards: it is asked about, and held anew where that is the answer', async () => {
    const before = await storage();
    await killedWithin('limits', async () => (await programs()).includes('update-subscription'), ...limits(20));
    await isAskedAbout();
    expect(await storage()).toBe(before);
    const end = await resume('--answer', 'limits=again');
    expect(end.code, end.stderr).toBe(0);
    expect(await storage()).toBe(String(20 * 2 ** 30));
    expect(await programs()).not.toContain('ente-cli');
  });

  it('a dialog that had come to its end: it is asked about, and not held again where that is the answer', async () => {
    const killed = await createFairlead({
      FAIRLEAD_STATE_DIR: ente.fairlead.stateDir,
      NODE_OPTIONS: `--import=${killAtLine}`,
      FAIRLEAD_KILL_AT: 'before "type":"step.finished","step":"limits"',
    });
    try {
      expect((await killed.run(...limits(30), ...OPTIONS)).code).toBeNull();
    } finally {
      await killed.cleanUp();
    }
    await isAskedAbout();
    await sql('UPDATE subscriptions SET storage = 4711');
    const end = await resume('--answer', 'limits=done');
    expect(end.code, end.stderr).toBe(0);
    expect(await storage()).toBe('4711');
  });
});
