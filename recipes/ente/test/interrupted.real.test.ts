import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { failureLine } from '../../../src/testing/failure-line.ts';
import { killedBeforeTheEndOf, killedBeforeTyping, killedWithin } from '../../../src/testing/killed-within.ts';
import { eventsIn } from '../../../src/testing/told-events.ts';
import { createEnte, docker, type OwnedEnte, PASSWORD, registering, removeEnte } from './owned-ente.ts';

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
  const sql = async (statement: string): Promise<string> =>
    (
      await docker('exec', `${ente.name}-postgres`, 'psql', '-XAtq', '-U', 'entedbuser', '-d', 'ente_db', '-c', statement)
    ).stdout.trim();
  const storage = () => sql('SELECT storage FROM subscriptions');
  const programs = async (): Promise<string> => (await docker('top', `${ente.name}-cli`, '-o', 'pid,args')).stdout;

  const resume = (...more: readonly string[]) => ente.fairlead.start(['resume', ente.name, ...OPTIONS, ...more], phone.onLine);

  it('compose.up, with half of the containers there: the same run goes on, up to the next kill', async () => {
    const isHalf = async () => {
      const { stdout } = await docker('ps', '-q', '--filter', `name=^${ente.name}-`);
      return stdout.split('\n').length > 2;
    };
    await killedWithin(ente.fairlead, { step: 'up', isAt: isHalf }, ['run', ...(await ente.args()), ...OPTIONS]);
  });

  it('the login: ente-cli is asked whether it is logged in, and is logged in anew, without any question', async () => {
    await killedBeforeTyping(PASSWORD, ente.fairlead, ['resume', ente.name, ...OPTIONS], phone.onLine);
    expect(await programs()).toContain('account add');
    const end = await resume();
    expect(end.code, end.stderr).toBe(0);
    expect(await programs()).not.toContain('ente-cli');
    expect(eventsIn(end.stdout).filter(({ type }) => type === 'question.asked')).toEqual([]);
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
    await killedBeforeTyping('2040-12-31', ente.fairlead, [...limits(20), ...OPTIONS]);
    expect(await programs()).toContain('update-subscription');
    await isAskedAbout();
    expect(await storage()).toBe(before);
    const end = await resume('--answer', 'limits=again');
    expect(end.code, end.stderr).toBe(0);
    expect(await storage()).toBe(String(20 * 2 ** 30));
    expect(await programs()).not.toContain('ente-cli');
  });

  it('a dialog that had come to its end: it is asked about, and not held again where that is the answer', async () => {
    await killedBeforeTheEndOf('limits', ente.fairlead, [...limits(30), ...OPTIONS]);
    await isAskedAbout();
    await sql('UPDATE subscriptions SET storage = 4711');
    const end = await resume('--answer', 'limits=done');
    expect(end.code, end.stderr).toBe(0);
    expect(await storage()).toBe('4711');
  });
});
