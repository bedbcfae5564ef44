import { access, constants, readFile, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { createDockerodeEngine } from '../adapters/docker/dockerode-engine.ts';
import { createNodeHost } from '../adapters/host/node-host.ts';
import { exitCodes, fail, failureOf } from '../model/failure.ts';
import { detectCompose } from '../steps/lib/compose-cli.ts';
import { detectInit } from '../steps/lib/init-system.ts';
import { paint, sign } from '../views/lib/style.ts';
import { printFailure, printJson } from './output.ts';
import type { Session } from './session.ts';

/** One thing that was looked at. */
interface Finding {
  readonly what: string;
  /** `missing` stops runs; `note` is worth knowing. */
  readonly state: 'ok' | 'note' | 'missing';
  readonly found: string;
  /** How to mend it. */
  readonly mend?: string;
}

/** `fairlead doctor`: what is missing on this host and how to mend it; ends with 1 where something is missing. */
export async function runDoctor(session: Session): Promise<number> {
  const findings = await examine(session);
  const { console } = session;
  if (console.json) {
    printJson(
      console,
      findings.map((finding) => ({ mend: '', ...finding })),
    );
  } else {
    for (const { what, state, found, mend } of findings) {
      const mark =
        state === 'ok'
          ? paint(sign('ok', console.style), 'good', console.style)
          : state === 'note'
            ? paint('!', 'changed', console.style)
            : paint(sign('failed', console.style), 'bad', console.style);
      console.out(`${mark} ${what}: ${found}\n`);
      if (mend !== undefined) console.out(`    ${sign('arrow', console.style)} ${mend}\n`);
    }
  }
  const missing = findings.filter((finding) => finding.state === 'missing');
  if (missing.length === 0) return exitCodes.done;
  const hints = missing.flatMap(({ mend }) => mend ?? []);
  if (console.json) printFailure(console, fail('doctor.missing', missing.map(({ found }) => found).join('; '), { hints }));
  return exitCodes.failed;
}

async function examine(session: Session): Promise<readonly Finding[]> {
  const host = await createNodeHost({ reveal: async (text) => String(text) });
  const docker = createDockerodeEngine({ reveal: async (text) => String(text) });
  return [
    nodeFinding(),
    {
      what: 'user',
      ...(host.uid === 0
        ? { state: 'ok' as const, found: 'root' }
        : {
            state: 'note' as const,
            found: 'not root',
            mend: 'Recipes that make users or install packages need it: run fairlead with sudo.',
          }),
    },
    await systemFinding(),
    { what: 'init system', state: 'ok', found: await detectInit(host) },
    await engineFinding(() => docker.info()),
    await composeFinding(host),
    await stateFinding(session),
    terminalFinding(session),
  ];
}

function nodeFinding(): Finding {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const enough = major > 22 || (major === 22 && minor >= 12);
  return {
    what: 'Node',
    state: enough ? 'ok' : 'missing',
    found: process.versions.node,
    ...(enough ? {} : { mend: 'Start fairlead by its launcher (bin/fairlead): it brings the right one.' }),
  };
}

async function systemFinding(): Promise<Finding> {
  const release = await readFile('/etc/os-release', 'utf8').catch(() => '');
  const name = /^PRETTY_NAME="?([^"\n]*)/m.exec(release)?.[1] ?? 'unknown';
  const apt = await access('/usr/bin/apt-get').then(
    () => true,
    () => false,
  );
  return {
    what: 'system',
    state: apt ? 'ok' : 'note',
    found: name,
    ...(apt
      ? {}
      : { mend: 'Packages can be installed on Debian and Ubuntu only; elsewhere install by hand what a recipe names.' }),
  };
}

async function engineFinding(info: () => Promise<{ version: string } | undefined>): Promise<Finding> {
  try {
    const engine = await info();
    if (engine !== undefined) return { what: 'Docker engine', state: 'ok', found: engine.version };
    return {
      what: 'Docker engine',
      state: 'note',
      found: 'none answers',
      mend: 'A recipe with a docker.engine step installs and starts it.',
    };
  } catch (error) {
    const failure = failureOf(error);
    return { what: 'Docker engine', state: 'note', found: failure.message, mend: failure.hints[0] ?? 'Check the daemon.' };
  }
}

async function composeFinding(host: Awaited<ReturnType<typeof createNodeHost>>): Promise<Finding> {
  const compose = await detectCompose(host);
  return compose === undefined
    ? { what: 'Docker Compose', state: 'note', found: 'none', mend: 'A recipe with a docker.engine step installs it.' }
    : { what: 'Docker Compose', state: 'ok', found: `${compose.version} (${compose.argv.join(' ')})` };
}

async function stateFinding(session: Session): Promise<Finding> {
  const { stateDir } = session.places;
  let dir = stateDir;
  while (!(await stat(dir).catch(() => undefined)) && dirname(dir) !== dir) dir = dirname(dir);
  const writable = await access(dir, constants.W_OK).then(
    () => true,
    () => false,
  );
  return {
    what: 'state folder',
    state: writable ? 'ok' : 'missing',
    found: writable ? stateDir : `${stateDir} can't be written`,
    ...(writable ? {} : { mend: 'Run fairlead as its owner, or name another with --state-dir DIR.' }),
  };
}

function terminalFinding(session: Session): Finding {
  const { unicode } = session.console.style;
  return {
    what: 'locale',
    state: unicode ? 'ok' : 'note',
    found: unicode ? 'UTF-8' : 'not UTF-8',
    ...(unicode ? {} : { mend: 'Signs are drawn in ASCII; set LANG=C.UTF-8 for better ones.' }),
  };
}
