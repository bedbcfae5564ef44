#!/usr/bin/env zx
// Starts dockerd in a session of its own, where the init system could not. It must outlive this script and fairlead.
// FAIRLEAD_LOG: the file that its output goes to.

import { spawn } from 'node:child_process';

const logFile = process.env.FAIRLEAD_LOG;
const say = (line) => process.stdout.write(`${line}\n`);

/** Mounts control groups where nothing has (containers, sparse virtual machines), as Debian's init script does. */
const mountCgroups = async () => {
  const root = '/sys/fs/cgroup';
  if (!fs.existsSync('/proc/cgroups') || !fs.existsSync(root) || fs.readdirSync(root).length > 0) return;
  say(`mounting control groups on ${root}`);
  const enabled = fs
    .readFileSync('/proc/cgroups', 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => line.split('\t'))
    .filter((fields) => fields[3] === '1')
    .map((fields) => fields[0]);
  await $({ nothrow: true })`mount -t tmpfs -o uid=0,gid=0,mode=0755 cgroup ${root}`;
  let mounted = 0;
  for (const name of enabled) {
    const folder = path.join(root, name);
    fs.mkdirSync(folder, { recursive: true });
    const { exitCode } = await $({ nothrow: true, quiet: true })`mount -n -t cgroup -o ${name} cgroup ${folder}`;
    if (exitCode === 0) mounted += 1;
    else fs.rmdirSync(folder);
  }
  if (mounted > 0) return;
  // A kernel without the first version of control groups has the second.
  await $({ nothrow: true, quiet: true })`umount ${root}`;
  await $({ nothrow: true })`mount -t cgroup2 none ${root}`;
};

await mountCgroups();

// It is nobody's child any more: of our environment it gets what a daemon needs and nothing that marks a run.
const kept = ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY', 'http_proxy', 'https_proxy', 'no_proxy', 'TZ'];
const env = Object.fromEntries(kept.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])));
env.PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
env.HOME = '/root';

const log = fs.openSync(logFile, 'a', 0o640);
const daemon = spawn('dockerd', [], { detached: true, stdio: ['ignore', log, log], env, cwd: '/' });
await new Promise((resolve) => {
  daemon.once('error', (error) => {
    process.stderr.write(`dockerd can't be started: ${error.message}\n`);
    process.exit(1);
  });
  daemon.once('spawn', resolve);
});
say(`started dockerd as process ${daemon.pid}; its log is ${logFile}`);
daemon.unref();
process.exit(0);
