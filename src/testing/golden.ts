import { createFakeEngine } from '../adapters/docker/fake-engine.ts';
import { createFakeHost, type FakeHost } from '../adapters/host/fake-host.ts';
import { createMemoryVault } from '../adapters/vault/memory-vault.ts';
import { createSecretAccess } from '../adapters/vault/secret-access.ts';
import { printPlanDocument } from '../cli/plan-document.ts';
import { makePlan, type Plan, programFor } from '../cli/prepare-run.ts';
import { version } from '../cli/version.ts';
import { plainOptions } from '../engine/program.ts';
import type { RunHeader } from '../engine/run.ts';
import { headSteps } from '../engine/telling.ts';
import type { Json } from '../model/json.ts';
import type { Vault } from '../model/ports.ts';
import type { Recipe } from '../model/recipe.ts';
import type { AnyStepType, StepTypes } from '../model/step.ts';
import { withTaskInputs } from '../model/task-inputs.ts';
import { createParamsCheck } from '../recipe/compile-params.ts';
import { resolveInputs } from '../recipe/inputs.ts';
import { stepTypes } from '../steps/index.ts';
import { planLines } from '../views/lib/plan-text.ts';
import { shippedRecipe } from './shipped-recipe.ts';

/** The hosts that golden plans are made for: a bare Debian 12, and one with a Docker Engine and compose 1. */
export type GoldenHost = 'bare-host' | 'with-docker';

const plain = { colour: false, unicode: true };

const plans = new Map<string, Promise<Plan>>();

/**
 * The plan of a shipped recipe, with what is given and the defaults of its other inputs, on a host on which nothing of it is done
 * yet; of one of its tasks, where that is named. It is the same one for the same, and made once: the tests of a recipe ask for it step by step.
 */
export function goldenPlan(
  name: string,
  on: GoldenHost,
  given: Readonly<Record<string, Json>> = {},
  task?: string,
): Promise<Plan> {
  const key = JSON.stringify([name, on, given, task]);
  const plan = plans.get(key) ?? newPlan(name, on, given, task);
  plans.set(key, plan);
  return plan;
}

async function newPlan(name: string, on: GoldenHost, given: Readonly<Record<string, Json>>, task?: string): Promise<Plan> {
  const recipe = withTaskInputs(await shippedRecipe(name), task);
  const vault = createMemoryVault();
  const local = debian();
  const docker = createFakeEngine();
  if (on === 'with-docker') withDocker(local);
  else docker.up = false;
  const program = {
    ...programFor(recipe, task === undefined ? plainOptions : { ...plainOptions, task }),
    types: withoutNetwork(),
  };
  const header: RunHeader = {
    type: 'run.started',
    run: 'plan',
    kind: program.kind,
    deployment: name,
    vault: `/var/lib/fairlead/deployments/${name}/vault.age`,
    // Its real digest changes with every comment in the recipe, and golden files show what a plan does.
    recipe: { name, version: recipe.version, title: recipe.title, digest: '0'.repeat(64) },
    fairlead: version,
    inputs: await inputsOf(recipe, given, vault),
    options: program.options,
    hosts: { local: local.id },
    who: { user: 'root' },
    ...headSteps(program),
    carried: {},
    made: [],
  };
  const world = {
    local,
    hosts: new Map([['local', local]]),
    docker,
    vault,
    secrets: createSecretAccess(vault),
    checkParams: createParamsCheck(stepTypes),
  };
  return makePlan(program, header, world);
}

/** As a run has them: a secret is in the vault, and a reference in its place. */
async function inputsOf(recipe: Recipe, given: Readonly<Record<string, Json>>, vault: Vault): Promise<RunHeader['inputs']> {
  const { values, problems } = resolveInputs(recipe, given);
  const [problem] = problems;
  if (problem !== undefined) throw new Error(`${problem.name} ${problem.message}`);
  const inputs: Record<string, RunHeader['inputs'][string]> = { ...values };
  for (const { name, type } of recipe.inputs) {
    const value = values[name];
    if (type !== 'secret' || typeof value !== 'string') continue;
    await vault.put(`input.${name}`, value);
    inputs[name] = { $secret: `input.${name}` };
  }
  return inputs;
}

/** As `fairlead plan` prints it, without colour. */
export function planText(plan: Plan): string {
  const titles = new Map(plan.program.steps.map((step) => [step.id, step.title]));
  return `${planLines(plan.forecast, titles, plain).join('\n')}\n`;
}

/** As `fairlead plan --json` prints it. */
export function planJson(plan: Plan): string {
  let printed = '';
  const out = (text: string): void => {
    printed += text;
  };
  const columns = (): undefined => undefined;
  const console = {
    out,
    err: out,
    columns,
    style: plain,
    errorStyle: plain,
    attended: false,
    overwrites: false,
    app: false,
    json: true,
  };
  printPlanDocument(console, plan);
  return printed;
}

/** What the machine that makes the plan has on its ports must not show in it: here nobody listens. */
function withoutNetwork(): StepTypes {
  const refused = (where: string): string => `connect ECONNREFUSED ${where}`;
  const silent: Readonly<Record<string, (params: never) => unknown>> = {
    'net.http': ({ url, resolve }: { url: string; resolve?: string }) => {
      const { protocol, hostname, port } = new URL(url);
      const seen = refused(`${resolve ?? hostname}:${port === '' ? { 'http:': 80, 'https:': 443 }[protocol] : port}`);
      return { seen, wrong: [seen], outputs: {} };
    },
    'net.tcp': ({ host, port }: { host: string; port: number }) => ({ open: false, reason: refused(`${host}:${port}`) }),
  };
  return new Map(
    [...stepTypes].map(([name, type]): [string, AnyStepType] => {
      const seen = silent[name];
      return [name, seen === undefined ? type : { ...type, read: async (params) => seen(params as never) }];
    }),
  );
}

/** A Debian 12 as its installer leaves it: lists of packages are there, nothing else that a recipe wants. */
function debian(): FakeHost {
  const host = createFakeHost();
  host.put('/usr/bin/apt-get', { mode: 0o755 });
  host.put('/etc/os-release', {
    content: 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nVERSION_ID="12"\nVERSION_CODENAME=bookworm\nID=debian\n',
  });
  host.put('/etc/ssl/certs/ca-certificates.crt');
  host.put('/proc/meminfo', { content: 'MemTotal:        4018736 kB\nMemFree:         3512340 kB\n' });
  const sockets = '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n';
  host.put('/proc/net/tcp', { content: `${sockets}   0: 00000000:0016 00000000:0000 0A 00000000:00000000 00:00000000 0 0 1\n` });
  host.put('/proc/net/tcp6', { content: sockets });
  host.program('uname', () => ({ stdout: 'x86_64\n' }));
  host.program('df', () => ({
    stdout:
      'Filesystem     1048576-blocks  Used Available Capacity Mounted on\n/dev/vda1               40000  2500     35400       7% /\n',
  }));
  host.program('ip', () => ({ stdout: '[{"dst":"default","dev":"eth0"},{"dst":"192.0.2.0/24","dev":"eth0"}]' }));
  host.program('dpkg-query', () => ({ code: 1, stderr: 'dpkg-query: no packages found\n' }));
  host.program('apt-cache', ({ argv }) => ({
    stdout: argv
      .slice(2)
      .filter((name) =>
        [
          'apache2',
          'busybox-static',
          'ca-certificates',
          'docker.io',
          'docker-compose',
          'git',
          'libsasl2-modules',
          'nginx',
          'postfix',
          'sasl2-bin',
        ].includes(name),
      )
      .map((name) => `${name}:\n  Installed: (none)\n  Candidate: 1.0\n`)
      .join(''),
  }));
  return host;
}

/** Docker as Debian 12 has it: compose is a program of its own, of version 1. */
function withDocker(host: FakeHost): void {
  host.put('/usr/sbin/dockerd', { mode: 0o755 });
  host.program('docker', () => ({ code: 1, stderr: "docker: 'compose' is not a docker command.\n" }));
  host.program('docker-compose', () => ({ stdout: 'docker-compose version 1.29.2, build unknown\n' }));
}
