import { globSync, rmSync, statSync } from 'node:fs';
import { type Command, dryRun, failWith, showProgress } from './command.ts';
import { oneValue, query } from './database.ts';
import { green, HOME, red, say } from './environment.ts';
import { redis, redisOf } from './redis.ts';
import { deploySearch } from './search.ts';
import { keepSetting } from './settings.ts';
import { humanSize } from './sizes.ts';

const parallel = { concurrency: 'number', verbose: 'flag', 'dry-run': 'flag' } as const;
const ok = (what = 'OK'): void => say(green(what));
const OLD = `now() - make_interval(days => :days)`;
const numbers = (statement: string, values: Readonly<Record<string, number>> = {}): readonly number[] =>
  (query(statement, values)[0] ?? []).map(Number);
const ROOT = `${HOME}/public/system`;

/** Commands of `tootctl`, besides those for accounts. */
export const otherCommands: Readonly<Record<string, Command>> = {
  'media remove': {
    flags: { days: 'number', 'prune-profiles': 'flag', 'remove-headers': 'flag', 'include-follows': 'flag', ...parallel },
    run(flags) {
      const [profiles, headers] = [flags.has('prune-profiles'), flags.has('remove-headers')];
      if (profiles && headers) throw failWith('--prune-profiles and --remove-headers should not be specified simultaneously');
      if (flags.has('include-follows') && !profiles && !headers) {
        throw failWith('--include-follows can only be used with --prune-profiles or --remove-headers');
      }
      const days = flags.number('days', 7);
      if (profiles || headers) {
        const size = profiles ? 'coalesce(avatar_file_size, 0) + coalesce(header_file_size, 0)' : 'coalesce(header_file_size, 0)';
        const old = `domain IS NOT NULL AND last_webfingered_at < ${OLD} AND updated_at < ${OLD}`;
        const [count = 0, bytes = 0] = numbers(`SELECT count(*), coalesce(sum(${size}), 0) FROM accounts WHERE ${old}`, { days });
        const gone = profiles ? 'avatar_file_size = NULL, header_file_size = NULL' : 'header_file_size = NULL';
        if (!flags.has('dry-run')) query(`UPDATE accounts SET ${gone} WHERE ${old}`, { days });
        showProgress(count);
        return ok(`Visited ${count} accounts and removed profile media totaling ${humanSize(bytes)}${dryRun(flags)}`);
      }
      const old = `file_file_name IS NOT NULL AND remote_url <> '' AND created_at < ${OLD}`;
      const size = 'coalesce(file_file_size, 0) + coalesce(thumbnail_file_size, 0)';
      const [count = 0, bytes = 0] = numbers(`SELECT count(*), coalesce(sum(${size}), 0) FROM media_attachments WHERE ${old}`, {
        days,
      });
      const gone = 'file_file_name = NULL, file_file_size = NULL, thumbnail_file_size = NULL';
      if (!flags.has('dry-run')) query(`UPDATE media_attachments SET ${gone} WHERE ${old}`, { days });
      showProgress(count);
      ok(`Removed ${count} media attachments (approx. ${humanSize(bytes)})${dryRun(flags)}`);
    },
  },
  'media remove-orphans': {
    flags: { prefix: 'text', 'start-after': 'text', 'fix-permissions': 'flag', 'dry-run': 'flag' },
    run(flags) {
      const known = query('SELECT id FROM media_attachments WHERE file_file_name IS NOT NULL').map(([id]) => Number(id));
      const files = globSync(`${ROOT}/media_attachments/files/**/original/*`);
      const orphans = files.filter(
        (file) => !known.includes(Number(/files\/([\d/]+)\/original/.exec(file)?.[1]?.replaceAll('/', ''))),
      );
      const bytes = orphans.reduce((sum, file) => sum + statSync(file).size, 0);
      for (const orphan of orphans) {
        if (!flags.has('dry-run')) rmSync(orphan);
        say(`Found and removed orphan: ${orphan.slice(ROOT.length + 1)}`);
      }
      showProgress(files.length);
      ok(`Removed ${orphans.length} orphans (approx. ${humanSize(bytes)})${dryRun(flags)}`);
    },
  },
  'media usage': {
    run() {
      const sum = (of: string, from: string): string =>
        humanSize(Number(oneValue(`SELECT coalesce(sum(${of}), 0) FROM ${from}`)));
      const size = 'coalesce(file_file_size, 0) + coalesce(thumbnail_file_size, 0)';
      const local = 'WHERE domain IS NULL';
      const own = `media_attachments WHERE account_id IN (SELECT id FROM accounts ${local})`;
      say(`Attachments:\t${sum(size, 'media_attachments')} (${sum(size, own)} local)`);
      const emoji = 'image_file_size';
      say(`Custom emoji:\t${sum(emoji, 'custom_emojis')} (${sum(emoji, `custom_emojis ${local}`)} local)`);
      say(`Preview cards:\t${sum('image_file_size', 'preview_cards')}`);
      for (const [name, column] of [
        ['Avatars', 'avatar_file_size'],
        ['Headers', 'header_file_size'],
      ] as const) {
        say(`${name}:\t${sum(column, 'accounts')} (${sum(column, `accounts ${local}`)} local)`);
      }
      say(`Backups:\t${sum('dump_file_size', 'backups')}`);
      say(`Imports:\t${sum('data_file_size', 'imports')}`);
      say(`Settings:\t${sum('file_file_size', 'site_uploads')}`);
    },
  },
  'preview-cards remove': {
    flags: { days: 'number', link: 'flag', ...parallel },
    run(flags) {
      const days = flags.number('days', 180);
      const old = `image_file_name IS NOT NULL AND updated_at < ${OLD}${flags.has('link') ? " AND type = 'link'" : ''}`;
      const [count = 0, bytes = 0] = numbers(
        `SELECT count(*), coalesce(sum(image_file_size), 0) FROM preview_cards WHERE ${old}`,
        { days },
      );
      const gone = 'image_file_name = NULL, image_file_size = NULL';
      if (!flags.has('dry-run')) query(`UPDATE preview_cards SET ${gone} WHERE ${old}`, { days });
      showProgress(count);
      const kind = flags.has('link') ? 'link-type ' : '';
      ok(`Removed ${count} ${kind}preview cards (approx. ${humanSize(bytes)})${dryRun(flags)}`);
    },
  },
  'cache clear': {
    async run() {
      await redis(redisOf(), ['EVAL', "for _, key in ipairs(redis.call('KEYS', 'cache:*')) do redis.call('DEL', key) end", '0']);
      ok();
    },
  },
  'cache recount': {
    flags: { concurrency: 'number', verbose: 'flag' },
    words: ['TYPE'],
    run({ words: [type = ''] }) {
      if (type !== 'accounts' && type !== 'statuses') throw failWith(`Unknown type: ${type}`);
      const count = Number(
        oneValue(`SELECT count(*) FROM ${type === 'accounts' ? 'accounts WHERE domain IS NULL' : 'statuses'}`),
      );
      showProgress(count);
      say();
      ok(`OK, recounted ${count} records`);
    },
  },
  'settings registrations open': { run: () => setRegistrations('open') },
  'settings registrations close': { run: () => setRegistrations('none') },
  'settings registrations approved': {
    flags: { 'require-reason': 'flag' },
    run(flags) {
      if (flags.text('require-reason') !== undefined) keepSetting('require_invite_text', String(flags.has('require-reason')));
      setRegistrations('approved');
    },
  },
  'statuses remove': {
    flags: {
      ...{ days: 'number', 'batch-size': 'number', continue: 'flag', 'clean-followed': 'flag' },
      ...{ 'skip-status-remove': 'flag', 'skip-media-remove': 'flag', 'compress-database': 'flag' },
    } as const,
    run(flags) {
      if (flags.number('batch-size', 1000) < 1) throw failWith('Cannot run with this batch_size setting, must be at least 1');
      say('Creating temporary database indices...');
      say('Extract the deletion target from statuses... This might take a while...');
      say('Beginning statuses removal... This might take a while...');
      const foreign = `account_id IN (SELECT id FROM accounts WHERE domain IS NOT NULL) AND created_at < ${OLD}`;
      const days = flags.number('days', 90);
      const [count = 0] = numbers(`SELECT count(*) FROM statuses WHERE ${foreign}`, { days });
      query(`DELETE FROM statuses WHERE ${foreign}`, { days });
      showProgress(count);
      ok(`Done after 0.01s, removed ${count} out of ${count} statuses.`);
    },
  },
  'search deploy': {
    flags: {
      ...{ concurrency: 'number', 'batch-size': 'number', only: 'text', import: 'flag', clean: 'flag' },
      ...{ 'reset-chewy': 'flag', 'only-mapping': 'flag' },
    } as const,
    run: deploySearch,
  },
  'feeds build': {
    flags: { all: 'flag', ...parallel },
    run(flags) {
      const [username] = flags.words;
      if (!flags.has('all') && username === undefined) throw failWith('No account(s) given');
      const count = Number(oneValue('SELECT count(*) FROM users'));
      if (flags.has('all')) {
        showProgress(count);
        return ok(`Regenerated feeds for ${count} accounts ${dryRun(flags)}`);
      }
      const named = oneValue(`SELECT count(*) FROM accounts WHERE domain IS NULL AND username = :'username'`, {
        username: username ?? '',
      });
      if (named === '0') throw failWith('No such account');
      ok(`OK ${dryRun(flags)}`);
    },
  },
  'email-domain-blocks list': {
    run() {
      for (const [domain] of query('SELECT domain FROM email_domain_blocks ORDER BY id')) say(domain);
    },
  },
  'email-domain-blocks add': {
    flags: { 'with-dns-records': 'flag' },
    run({ words }) {
      if (words.length === 0) throw failWith('No domain(s) given');
      let added = 0;
      for (const domain of words) {
        const made = query(
          `INSERT INTO email_domain_blocks (domain) VALUES (lower(:'domain')) ON CONFLICT DO NOTHING RETURNING id`,
          {
            domain,
          },
        );
        if (made.length === 0) say(`${domain} is already blocked.`);
        added += made.length;
      }
      ok(`Added ${added}, skipped ${words.length - added}`);
    },
  },
  'email-domain-blocks remove': {
    run({ words }) {
      if (words.length === 0) throw failWith('No domain(s) given');
      let removed = 0;
      for (const domain of words) {
        const gone = query(`DELETE FROM email_domain_blocks WHERE domain = lower(:'domain') RETURNING id`, { domain });
        if (gone.length === 0) say(red(`${domain} is not yet blocked.`));
        removed += gone.length;
      }
      ok(`Removed ${removed}, skipped ${words.length - removed}`);
    },
  },
};

function setRegistrations(mode: 'open' | 'approved' | 'none'): void {
  keepSetting('registrations_mode', mode);
  ok();
}
