import { oneValue } from './database.ts';
import { Aborted, checkSecrets, complain, PlainAbort, readDotenv, say } from './environment.ts';
import { redis, redisOf } from './redis.ts';
import { isSince, version } from './release.ts';

/** The background jobs: needs all that the application needs, and takes from its queue what comes; answers the exit code where it can't start. */
export async function work(): Promise<number | undefined> {
  const sidekiq = isSince('4.4') ? '7.3.9' : '6.5.12';
  readDotenv();
  try {
    checkSecrets();
    oneValue('SELECT count(*) FROM users');
    await redis(redisOf());
  } catch (error) {
    if (error instanceof PlainAbort) complain(error.message);
    else if (error instanceof Aborted) complain(`${error.message} (${error.kind})`);
    else throw error;
    return 1;
  }
  process.title = `sidekiq ${sidekiq} mastodon [0 of 5 busy]`;
  say(`${new Date().toISOString()} pid=${process.pid} tid=1 INFO: Booted Rails application in production environment`);
  say(`${new Date().toISOString()} pid=${process.pid} tid=1 INFO: Running Mastodon ${version} with Sidekiq ${sidekiq}`);
  const next = setInterval(() => {
    redis(redisOf(), ['RPOP', 'queue:default']).catch((error: unknown) => complain(String(error)));
  }, 2000);
  process.once('SIGTERM', () => {
    clearInterval(next);
    say(`${new Date().toISOString()} pid=${process.pid} tid=1 INFO: Shutting down`);
  });
  return undefined;
}
