import { spawnSync } from 'node:child_process';
import { createECDH, randomBytes, randomInt } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { makeAccount } from './accounts.ts';
import { type Place, query } from './database.ts';
import { checkSecrets, coloured, green, HOME, red, say } from './environment.ts';
import { Interrupted, openPrompts, type Prompts } from './prompts.ts';
import { redis } from './redis.ts';
import { isSince } from './release.ts';
import { sendTestMail } from './test-mail.ts';

type Settings = Record<string, string>;

/** The dialog ends here, and nothing more is done. */
class Ended extends Error {}

const yellow = (text: string): string => coloured(33, text);
const ALPHANUMERIC = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** As many letters and digits. */
export const alphanumeric = (length: number): string =>
  Array.from({ length }, () => ALPHANUMERIC[randomInt(ALPHANUMERIC.length)]).join('');

/** The names of the three keys that the database's columns are encrypted with since 4.3. */
export const ENCRYPTION_KEYS = ['DETERMINISTIC_KEY', 'KEY_DERIVATION_SALT', 'PRIMARY_KEY'].map(
  (name) => `ACTIVE_RECORD_ENCRYPTION_${name}`,
);

/** A pair of keys that notifications are signed with. */
export function vapidKeys(): { readonly VAPID_PRIVATE_KEY: string; readonly VAPID_PUBLIC_KEY: string } {
  const pair = createECDH('prime256v1');
  pair.generateKeys();
  const text = (key: Buffer): string => key.toString('base64').replaceAll('+', '-').replaceAll('/', '_');
  return { VAPID_PRIVATE_KEY: text(pair.getPrivateKey()), VAPID_PUBLIC_KEY: text(pair.getPublicKey()) };
}

/** `mastodon:setup`: the dialog, in the original's words and order. It ends with 0 whatever came of it. */
export async function setUp(): Promise<void> {
  // What it was started with: the settings that it asks for come too late for some of what the application loads.
  const started = { ...process.env };
  const prompts = openPrompts();
  try {
    await askAll(prompts, started);
  } catch (error) {
    if (error instanceof Interrupted) say(green('Aborting. Bye!'));
    else if (!(error instanceof Ended)) throw error;
  } finally {
    prompts.close();
  }
}

async function askAll(prompts: Prompts, started: NodeJS.ProcessEnv): Promise<void> {
  const { LOCAL_DOMAIN: configured } = process.env;
  if (isSince('4.4') && configured !== undefined) {
    say(yellow(`It looks like you already configured Mastodon for domain '${configured}'.`));
    say(yellow('Never re-run this task on an already-configured running server.'));
    if (!(await prompts.isYes('Continue anyway?', false))) return nothingSaved();
  }
  const errors: string[] = [];
  const settings: Settings = {};
  say('Your instance is identified by its domain name. Changing it afterward will break things.');
  const domain = await prompts.ask('Domain name:', {
    required: true,
    valid: [/^[a-z0-9.-]+$/i, 'Invalid domain. If you intend to use unicode characters, enter punycode here'],
  });
  settings.LOCAL_DOMAIN = domain;
  say();
  say('Single user mode disables registrations and redirects the landing page to your public profile.');
  settings.SINGLE_USER_MODE = String(await prompts.isYes('Do you want to enable single user mode?', false));
  for (const name of ['SECRET_KEY_BASE', 'OTP_SECRET']) settings[name] = randomBytes(64).toString('hex');
  if (isSince('4.3')) for (const name of ENCRYPTION_KEYS) settings[name] = alphanumeric(32);
  Object.assign(settings, vapidKeys());
  say();
  const isDocker = await prompts.isYes('Are you using Docker to run Mastodon?');
  say();
  const hasDatabase = await askDatabase(prompts, settings, isDocker, errors);
  say();
  await askRedis(prompts, settings, isDocker, errors);
  say();
  await askStorage(prompts, settings);
  say();
  await askMail(prompts, settings, errors);
  say();
  if (isSince('4.3')) {
    const asks = 'Do you want Mastodon to periodically check for important updates and notify you? (Recommended)';
    if (!(await prompts.isYes(asks))) settings.UPDATE_CHECK_URL = '';
    say();
  }
  say('This configuration will be written to .env.production');
  if (!(await prompts.isYes('Save configuration?'))) return nothingSaved();
  save(settings, isDocker);
  say();
  await prepareDatabase(prompts, settings, errors);
  say();
  if (isSince('4.4') && errors.length > 0) {
    say(yellow('Your Mastodon server is set up, but there were some errors along the way, you may have to fix them:'));
    for (const error of errors) say(yellow(`- ${error}`));
  } else say(green('All done! You can now power on the Mastodon server 🐘'));
  say();
  if (hasDatabase && (await prompts.isYes('Do you want to create an admin user straight away?'))) {
    await makeAdmin(prompts, settings, started);
  }
}

function nothingSaved(): void {
  say(yellow('Nothing saved. Bye!'));
}

/** Does somebody want to try once more? Later releases ask whether to go on at all. */
async function again(prompts: Prompts, errors: string[], error: string): Promise<boolean> {
  if (await prompts.isYes('Try again?')) return true;
  if (isSince('4.4') && !(await prompts.isYes('Continue anyway?'))) {
    nothingSaved();
    throw new Ended();
  }
  errors.push(error);
  return false;
}

async function askDatabase(prompts: Prompts, settings: Settings, isDocker: boolean, errors: string[]): Promise<boolean> {
  for (;;) {
    const ask = async (name: string, question: string, usual: string): Promise<string> => {
      const answer = await prompts.ask(question, { required: true, default: usual });
      settings[name] = answer;
      return answer;
    };
    const host = await ask('DB_HOST', 'PostgreSQL host:', isDocker ? 'db' : '/var/run/postgresql');
    const port = await ask('DB_PORT', 'PostgreSQL port:', '5432');
    await ask('DB_NAME', 'Name of PostgreSQL database:', isDocker ? 'postgres' : 'mastodon_production');
    const user = await ask('DB_USER', 'Name of PostgreSQL user:', isDocker ? 'postgres' : 'mastodon');
    const password = await prompts.ask('Password of PostgreSQL user:', { echo: false });
    settings.DB_PASS = password;
    // The chosen database may not be there yet.
    const place: Place = { host, port, user, password, database: 'postgres' };
    try {
      query('SELECT 1', {}, place);
      say(green('Database configuration works! 🎆'));
      return true;
    } catch (error) {
      say(red('Database connection could not be established with this configuration, try again.'));
      say(red(error instanceof Error ? error.message : String(error)));
      if (!(await again(prompts, errors, 'Database connection could not be established.'))) return false;
    }
  }
}

async function askRedis(prompts: Prompts, settings: Settings, isDocker: boolean, errors: string[]): Promise<void> {
  for (;;) {
    const host = await prompts.ask('Redis host:', { required: true, default: isDocker ? 'redis' : 'localhost' });
    const port = await prompts.ask('Redis port:', { required: true, default: '6379' });
    const password = await prompts.ask('Redis password:');
    Object.assign(settings, { REDIS_HOST: host, REDIS_PORT: port, REDIS_PASSWORD: password });
    try {
      await redis({ host, port: Number(port), password });
      say(green('Redis configuration works! 🎆'));
      return;
    } catch (error) {
      say(red('Redis connection could not be established with this configuration, try again.'));
      say(red(error instanceof Error ? error.message : String(error)));
      if (!(await again(prompts, errors, 'Redis connection could not be established.'))) return;
    }
  }
}

/** Of the providers only the one that an own server is. */
async function askStorage(prompts: Prompts, settings: Settings): Promise<void> {
  if (!(await prompts.isYes('Do you want to store uploaded files on the cloud?', false))) return;
  await prompts.select('Provider', ['Minio']);
  const endpoint = await prompts.ask('Minio endpoint URL:', { required: true });
  const files = `files.${settings.LOCAL_DOMAIN}`;
  Object.assign(settings, {
    S3_ENABLED: 'true',
    S3_PROTOCOL: endpoint.startsWith('https') ? 'https' : 'http',
    S3_REGION: 'us-east-1',
    S3_ENDPOINT: endpoint,
    S3_HOSTNAME: endpoint.replace(/^https?:\/\//, ''),
    S3_BUCKET: await prompts.ask('Minio bucket name:', { required: true, default: files }),
    AWS_ACCESS_KEY_ID: await prompts.ask('Minio access key:', { required: true }),
    AWS_SECRET_ACCESS_KEY: await prompts.ask('Minio secret key:', { required: true }),
  });
  if (await prompts.isYes('Do you want to access the uploaded files from your own domain?')) {
    settings.S3_ALIAS_HOST = await prompts.ask('Domain for uploaded files:', { required: true, default: files });
  }
}

async function askMail(prompts: Prompts, settings: Settings, errors: string[]): Promise<void> {
  for (;;) {
    if (await prompts.isYes('Do you want to send e-mails from localhost?', false)) {
      Object.assign(settings, {
        SMTP_SERVER: 'localhost',
        SMTP_PORT: '25',
        SMTP_AUTH_METHOD: 'none',
        SMTP_OPENSSL_VERIFY_MODE: 'none',
        SMTP_ENABLE_STARTTLS: 'auto',
      });
    } else {
      settings.SMTP_SERVER = await prompts.ask('SMTP server:', { required: true, default: 'smtp.mailgun.org' });
      settings.SMTP_PORT = await prompts.ask('SMTP port:', { required: true, default: '587' });
      settings.SMTP_LOGIN = await prompts.ask('SMTP username:');
      settings.SMTP_PASSWORD = await prompts.ask('SMTP password:', { echo: false });
      settings.SMTP_AUTH_METHOD = await prompts.ask('SMTP authentication:', { default: 'plain' });
      const modes = ['none', 'peer', 'client_once', 'fail_if_no_peer_cert'];
      settings.SMTP_OPENSSL_VERIFY_MODE = await prompts.select('SMTP OpenSSL verify mode:', modes);
      settings.SMTP_ENABLE_STARTTLS = await prompts.select('Enable STARTTLS:', ['auto', 'always', 'never']);
    }
    settings.SMTP_FROM_ADDRESS = await prompts.ask('E-mail address to send e-mails "from":', {
      required: true,
      default: `Mastodon <notifications@${settings.LOCAL_DOMAIN}>`,
    });
    if (!(await prompts.isYes('Send a test e-mail with this configuration right now?'))) return;
    const to = await prompts.ask('Send test e-mail to:', { required: true });
    try {
      return await sendTestMail(settings, to);
    } catch (error) {
      say(red('E-mail could not be sent with this configuration, try again.'));
      say(red(error instanceof Error ? error.message : String(error)));
      if (!(await again(prompts, errors, 'E-email was not sent successfully.'))) return;
    }
  }
}

function save(settings: Settings, isDocker: boolean): void {
  const needsQuotes = (value: string): boolean => /[\s#\\"'$]/.test(value);
  const time = `${new Date().toISOString().slice(0, 19).replace('T', ' ')} UTC`;
  const warning =
    '# Some variables in this file will be interpreted differently whether you are\n# using docker-compose or not.\n\n';
  const differs = Object.values(settings).some(needsQuotes);
  const header = `# Generated with mastodon:setup on ${time}\n\n${differs ? warning : ''}`;
  const lines = (shown: (value: string) => string): string =>
    Object.entries(settings)
      .map(([name, value]) => `${name}=${shown(value)}`)
      .join('\n');
  writeFileSync(
    `${HOME}/.env.production`,
    `${header}${lines((value) => (needsQuotes(value) ? `'${value.replaceAll("'", "'\\''")}'` : value))}\n`,
  );
  if (!isDocker) return;
  say(green('Below is your configuration, save it to an .env.production file outside Docker:'));
  say();
  say(header + lines((value) => value));
  say();
  say(green('It is also saved within this container so you can proceed with this wizard.'));
}

async function prepareDatabase(prompts: Prompts, settings: Settings, errors: string[]): Promise<void> {
  say('Now that configuration is saved, the database schema must be loaded.');
  say(yellow('If the database already exists, this will erase its contents.'));
  if (!(await prompts.isYes('Prepare the database now?'))) return;
  say('Running `RAILS_ENV=production rails db:setup` ...');
  say('\n');
  const env = { ...process.env, ...settings, RAILS_ENV: 'production', SAFETY_ASSURED: '1' };
  const { status } = spawnSync('rails', ['db:setup'], { env, stdio: ['ignore', 'inherit', 'inherit'] });
  if (status === 0) return say(green('Done!'));
  say(red('That failed! Perhaps your configuration is not right'));
  errors.push('Preparing the database failed');
}

async function makeAdmin(prompts: Prompts, settings: Settings, started: NodeJS.ProcessEnv): Promise<void> {
  Object.assign(process.env, settings);
  checkSecrets();
  const username = await prompts.ask('Username:', {
    required: true,
    default: 'admin',
    valid: [/^[a-z0-9_]+$/i, 'Your answer is invalid (must match /\\A[a-z0-9_]+\\z/i)'],
  });
  const email = await prompts.ask('E-mail:', { required: true });
  // The connection was settled when the application's files were loaded, before any question was asked.
  for (const name of ['REDIS_HOST', 'REDIS_PORT', 'REDIS_PASSWORD']) {
    if (started[name] === undefined) delete process.env[name];
    else process.env[name] = started[name];
  }
  const password = await makeAccount({ username, email, confirmed: true, approved: true, role: 'Owner' });
  query(
    `INSERT INTO settings VALUES ('site_contact_username', :'username') ON CONFLICT (var) DO UPDATE SET value = :'username'`,
    { username },
  );
  say(green(`You can login with the password: ${password}`));
  say(yellow('You can change your password once you login.'));
}
