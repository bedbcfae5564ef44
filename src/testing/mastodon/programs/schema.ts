import { oneValue, query } from './database.ts';
import { release } from './release.ts';

/** A change of the database's schema that comes with a release. */
export interface Migration {
  readonly version: string;
  readonly name: string;
  readonly statements: string;
  /** To be run after the new release has taken over: the former one does not bear it. */
  readonly post?: true;
}

/** As much of the original's tables as the stand-in needs. */
const BASE = `
CREATE TABLE user_roles (id bigserial PRIMARY KEY, name varchar NOT NULL, position int NOT NULL);
CREATE TABLE accounts (id bigserial PRIMARY KEY, username varchar NOT NULL, domain varchar, private_key text,
  avatar_file_size int, header_file_size int, last_webfingered_at timestamp,
  created_at timestamp NOT NULL DEFAULT now(), updated_at timestamp NOT NULL DEFAULT now());
CREATE UNIQUE INDEX index_accounts_on_username_and_domain_lower ON accounts (lower(username), coalesce(lower(domain), ''));
CREATE TABLE users (id bigserial PRIMARY KEY, email varchar NOT NULL, encrypted_password varchar NOT NULL,
  account_id bigint NOT NULL REFERENCES accounts ON DELETE CASCADE, role_id bigint REFERENCES user_roles,
  confirmed_at timestamp, approved boolean NOT NULL DEFAULT true, disabled boolean NOT NULL DEFAULT false,
  otp_required_for_login boolean NOT NULL DEFAULT false, encrypted_otp_secret varchar, created_at timestamp NOT NULL DEFAULT now());
CREATE UNIQUE INDEX index_users_on_email ON users (lower(email));
CREATE TABLE settings (var varchar PRIMARY KEY, value text);
CREATE TABLE statuses (id bigserial PRIMARY KEY, account_id bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
  text text NOT NULL DEFAULT '', created_at timestamp NOT NULL DEFAULT now());
CREATE TABLE tags (id bigserial PRIMARY KEY, name varchar NOT NULL);
CREATE TABLE media_attachments (id bigserial PRIMARY KEY, account_id bigint REFERENCES accounts ON DELETE CASCADE,
  remote_url varchar NOT NULL DEFAULT '', file_file_name varchar, file_file_size int, thumbnail_file_size int,
  created_at timestamp NOT NULL DEFAULT now());
CREATE TABLE preview_cards (id bigserial PRIMARY KEY, url varchar NOT NULL, type varchar NOT NULL DEFAULT 'link',
  image_file_name varchar, image_file_size int, updated_at timestamp NOT NULL DEFAULT now());
CREATE TABLE custom_emojis (id bigserial PRIMARY KEY, domain varchar, image_file_size int);
CREATE TABLE backups (id bigserial PRIMARY KEY, user_id bigint REFERENCES users ON DELETE CASCADE, dump_file_size bigint);
CREATE TABLE imports (id bigserial PRIMARY KEY, data_file_size int);
CREATE TABLE site_uploads (id bigserial PRIMARY KEY, file_file_size int);
CREATE TABLE email_domain_blocks (id bigserial PRIMARY KEY, domain varchar NOT NULL UNIQUE);
`;

const MIGRATIONS: Readonly<Record<typeof release, readonly Migration[]>> = {
  '4.0': [{ version: '20221104133904', name: 'NormalizeHashtagsCase', statements: BASE }],
  '4.3': [
    {
      version: '20240221195424',
      name: 'AddFilteredToNotifications',
      statements: 'CREATE TABLE notifications (id bigserial PRIMARY KEY, filtered boolean NOT NULL DEFAULT false);',
    },
    {
      version: '20240918233930',
      name: 'AddFetchFeaturedTagsToAccounts',
      statements: 'ALTER TABLE accounts ADD COLUMN indexable boolean NOT NULL DEFAULT false;',
      post: true,
    },
  ],
  '4.4': [
    {
      version: '20250313123400',
      name: 'AddAgeVerifiedAtToUsers',
      statements: 'ALTER TABLE users ADD COLUMN age_verified_at timestamp;',
    },
    {
      version: '20250425134308',
      name: 'RemoveLegacyDeviseTwoFactorSecretsFromUser',
      statements: 'ALTER TABLE users DROP COLUMN encrypted_otp_secret;',
      post: true,
    },
  ],
};

/** All that this release and those before it bring, in their order. */
export const migrations: readonly Migration[] = Object.entries(MIGRATIONS)
  .filter(([each]) => each <= release)
  .flatMap(([, own]) => own);

const META = `
CREATE TABLE IF NOT EXISTS schema_migrations (version varchar PRIMARY KEY);
CREATE TABLE IF NOT EXISTS ar_internal_metadata (key varchar PRIMARY KEY, value varchar);
`;
/** As `force: :cascade` of the schema file does it: tables go, and whoever may do what in the schema stays. */
const EMPTY = `DO $$ DECLARE each text; BEGIN
  FOR each IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' LOOP EXECUTE format('DROP TABLE %I CASCADE', each); END LOOP;
END $$;`;
const isLoaded = `SELECT to_regclass('public.ar_internal_metadata') IS NOT NULL`;

/** Is this a database that a production server has written to? */
export const isProtected = (): boolean =>
  oneValue(isLoaded) === 't' && oneValue("SELECT value FROM ar_internal_metadata WHERE key = 'environment'") === 'production';

/** Has the schema been loaded? */
export const hasSchema = (): boolean => oneValue("SELECT to_regclass('public.users') IS NOT NULL") === 't';

/** Puts this release's tables in the place of whatever is there. */
export function loadSchema(): void {
  const done = migrations.map(({ version }) => `('${version}')`).join(', ');
  query(
    `BEGIN; SET client_min_messages = warning; ${EMPTY} ${META}
${migrations.map(({ statements }) => statements).join('\n')}
INSERT INTO schema_migrations VALUES ${done}; INSERT INTO ar_internal_metadata VALUES ('environment', 'production'); COMMIT;`,
  );
}

/** What is to be run yet; without those that come after the new release has taken over, where the environment says to skip them. */
export function pending(): readonly Migration[] {
  const known =
    oneValue("SELECT to_regclass('public.schema_migrations') IS NOT NULL") === 't'
      ? query('SELECT version FROM schema_migrations').map(([version = '']) => version)
      : [];
  const skips = (process.env.SKIP_POST_DEPLOYMENT_MIGRATIONS ?? '') !== '';
  return migrations.filter(({ version, post }) => !known.includes(version) && !(skips && post === true));
}

/** Runs one of them, all or nothing. */
export function migrate({ version, statements }: Migration): void {
  query(
    `BEGIN; SET client_min_messages = warning; ${META} ${statements} INSERT INTO schema_migrations VALUES ('${version}');
INSERT INTO ar_internal_metadata VALUES ('environment', 'production') ON CONFLICT DO NOTHING; COMMIT;`,
  );
}

/** Roles and settings that a new server has; what is there stays. */
export function seed(): void {
  query(`INSERT INTO user_roles (id, name, position) VALUES (1, 'Moderator', 10), (2, 'Admin', 100), (3, 'Owner', 1000)
ON CONFLICT DO NOTHING; SELECT setval('user_roles_id_seq', 3);`);
}
