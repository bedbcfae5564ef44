#!/usr/bin/env zx
// Sets up Docker's own archive for apt: its key into /etc/apt/keyrings, its address into sources.list.d.
// Values by environment: FAIRLEAD_FAMILY (debian or ubuntu), FAIRLEAD_CODENAME (bookworm, noble ...), FAIRLEAD_SOURCES_FILE.

const { FAIRLEAD_FAMILY: family, FAIRLEAD_CODENAME: codename, FAIRLEAD_SOURCES_FILE: sourcesFile } = process.env;
const archive = `https://download.docker.com/linux/${family}`;
const keyFile = '/etc/apt/keyrings/docker.asc';

const say = (line) => process.stdout.write(`${line}\n`);
const put = (file, content) => {
  const temporary = `${file}.fairlead-new`;
  fs.writeFileSync(temporary, content, { mode: 0o644 });
  fs.chmodSync(temporary, 0o644);
  fs.renameSync(temporary, file);
  say(`wrote ${file}`);
};

let key;
try {
  say(`fetching ${archive}/gpg`);
  const answer = await fetch(`${archive}/gpg`, { signal: AbortSignal.timeout(60_000) });
  if (!answer.ok) throw new Error(`the archive answers ${answer.status} ${answer.statusText}`);
  key = await answer.text();
} catch (error) {
  process.stderr.write(`Docker's archive can't be reached: ${error.cause?.message ?? error.message}\n`);
  process.exit(69);
}
if (!key.startsWith('-----BEGIN PGP PUBLIC KEY BLOCK-----')) {
  process.stderr.write(`What lies at ${archive}/gpg is no key.\n`);
  process.exit(69);
}
const architecture = (await $`dpkg --print-architecture`).stdout.trim();
fs.mkdirSync('/etc/apt/keyrings', { recursive: true, mode: 0o755 });
put(keyFile, key);
put(
  sourcesFile,
  `Types: deb\nURIs: ${archive}\nSuites: ${codename}\nComponents: stable\nArchitectures: ${architecture}\nSigned-By: ${keyFile}\n`,
);
