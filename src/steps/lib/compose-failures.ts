import { type Evidence, type FairleadError, fail } from '../../model/failure.ts';
import type { Executed, Host } from '../../model/ports.ts';
import { sanitize } from '../../model/untrusted-text.ts';
import type { ComposeFlavour } from './compose-cli.ts';
import { blankVariable } from './compose-files.ts';
import { engineTrouble } from './engine-trouble.ts';

/** Lines of a program's output without escape sequences, the last `count` of them. */
export function tailOf(text: string, count: number): readonly string[] {
  const lines = text.split('\n').map((line) => sanitize(line).trimEnd());
  return lines.filter((line) => line !== '').slice(-count);
}

/** Names of variables that compose took as blank because they are not set, from what it printed. */
export function unsetVariables(stderr: string): readonly string[] {
  const warned = stderr.matchAll(/The \\?"?(\w+)\\?"? variable is not set\. Defaulting to a blank string/g);
  return [...new Set([...warned].map(([, name]) => name as string))];
}

/** What to say where compose does not accept its file: `compose.blank-variable` or `compose.invalid`. */
export function invalidFile(
  flavour: ComposeFlavour,
  file: string,
  directory: string,
  argv: readonly string[],
  ended: Executed,
): FairleadError {
  const tail = tailOf(ended.stderr, 20);
  const required =
    /required variable (\w+) is missing/.exec(ended.stderr) ?? /Missing mandatory value .*\$\{(\w+):?\?/.exec(ended.stderr);
  if (required !== null) return blankVariable([required[1] as string], directory, tail);
  const line =
    /\bline (\d+)(?:, column \d+)?/.exec(ended.stderr.split(/expected|found/).at(-1) ?? '') ?? /\bline (\d+)/.exec(ended.stderr);
  const where = line === null ? file : `${file}:${line[1]}`;
  const said = tail.filter((text) => !/level=warning|variable is not set/.test(text)).join(' ');
  const old =
    flavour.major === 1 &&
    /Unsupported config option|does not match any of the regexes|contains unsupported|Version in/.test(ended.stderr)
      ? [`This host has docker-compose ${flavour.version}, which knows less than \`docker compose\` version 2; install that one.`]
      : [];
  return fail('compose.invalid', `${flavour.argv.join(' ')} does not accept ${where}: ${said}`, {
    hints: [...old, `Put ${where} right, or the step that writes it.`],
    evidence: { argv, tail, ...(ended.code === null ? {} : { exit: ended.code }) },
  });
}

/**
 * What to say where `compose up` or `compose pull` failed. Known causes have codes of their own; the rest is
 * `compose.up-failed`. Asks the host, at best effort, who holds a port.
 */
export async function upFailure(host: Host, signal: AbortSignal, said: string, evidence: Evidence): Promise<FairleadError> {
  const trouble = engineTrouble('bring the project up', evidence.tail, evidence);
  if (trouble !== undefined) return trouble;
  const port = takenPort(said);
  if (port !== undefined) {
    const holder = await portHolder(host, port, signal);
    return fail('docker.port-in-use', `Port ${port} is already in use${holder === undefined ? '' : ` by ${holder}`}.`, {
      fault: 'environment',
      hints: [
        `Stop ${holder ?? `what holds it (\`ss -ltnp 'sport = :${port}'\`)`}, then try again.`,
        'Or give this deployment another port.',
      ],
      retryable: true,
      evidence,
    });
  }
  const name = /container name "\/?([^"\s]+)" is already in use/i.exec(said)?.[1];
  if (name !== undefined) {
    return fail('docker.name-taken', `Another container is called ${name}.`, {
      fault: 'environment',
      hints: [
        `See whose it is: \`docker inspect ${name}\`. Rename or remove it, then try again.`,
        'Or give this deployment another name, or its containers another prefix where the recipe has an input for it.',
      ],
      retryable: true,
      evidence,
    });
  }
  const network = /network (\S+) (?:declared as external, but could not be found|not found)/i.exec(said)?.[1];
  if (network !== undefined) {
    return fail('docker.no-such-network', `The compose file wants the network ${network}, which does not exist.`, {
      hints: [`Make it in an earlier step (docker.network), or with \`docker network create ${network}\`.`],
      evidence,
    });
  }
  const image = missingImage(said);
  if (image !== undefined) {
    return fail('docker.image-not-found', `Docker has no image ${image}, and no registry gave it.`, {
      hints: ['Check name and tag in the compose file and in .env.', 'A private registry wants `docker login` first.'],
      evidence,
    });
  }
  const registry = unreachableRegistry(said);
  if (registry !== undefined) {
    const { image, host: named, why } = registry;
    return fail('docker.registry-unreachable', `${image ?? 'An image'} can't be pulled: ${why}`, {
      fault: 'environment',
      hints: [
        `See whether this host reaches ${named}: network, DNS, and where there is one the proxy of the Docker Engine.`,
        'Is the name of the image right? Its part before the first slash is the registry, where it has a dot or a colon.',
      ],
      retryable: true,
      evidence,
    });
  }
  const offline =
    /no such host|i\/o timeout|TLS handshake timeout|connection refused|Client\.Timeout|network is unreachable/i.test(said);
  return fail('compose.up-failed', `Compose could not bring the project up: ${evidence.tail.at(-1) ?? 'it said nothing'}`, {
    fault: 'environment',
    hints: offline
      ? ['A registry or another server can not be reached: check network and DNS of this host, then try again.']
      : ['Read the last lines that it printed; the containers are left as they are, to be looked at.'],
    retryable: true,
    evidence,
  });
}

/** As the engine says that it could not ask a registry; version 1 of compose names the image before. */
function unreachableRegistry(said: string) {
  const [, host, why] = /Get "?https?:\/\/([^/\s"]+)\/v2\/[^\s"]*"?: (.+)/.exec(said) ?? [];
  if (host === undefined || why === undefined) return undefined;
  const image = [...said.matchAll(/^Pulling \S+ \((\S+)\)\.\.\./gm)].at(-1)?.[1];
  return { host, why: sanitize(why).trim(), ...(image === undefined ? {} : { image }) };
}

function takenPort(said: string): string | undefined {
  const patterns = [
    /Bind for \S*:(\d+) failed: port is already allocated/,
    /listen (?:tcp|udp)\w* \S*:(\d+): bind: address already in use/,
    /failed to bind (?:host )?port (?:for )?\S*?:(\d+)[:/][\s\S]*?address already in use/,
  ];
  return patterns.map((pattern) => pattern.exec(said)?.[1]).find((found) => found !== undefined);
}

function missingImage(said: string): string | undefined {
  const patterns = [
    /No such image: (\S+)/,
    /manifest for (\S+) not found/,
    /pull access denied for (\S+?),/,
    /The image "?(\S+?)"? was not found/,
    /(?:image|reference) "?([^\s"]+)"?: not found/,
  ];
  return patterns.map((pattern) => pattern.exec(said)?.[1]).find((found) => found !== undefined);
}

/** Best effort: a container that publishes the port, else the program that listens on it. */
async function portHolder(host: Host, port: string, signal: AbortSignal): Promise<string | undefined> {
  const containers = await printed(host, ['docker', 'ps', '--filter', `publish=${port}`, '--format', '{{.Names}}'], signal);
  if (containers !== '') return `the container ${containers.split('\n')[0]}`;
  const sockets = await printed(host, ['ss', '-ltnpH', `sport = :${port}`], signal);
  const program = /users:\(\("([^"]+)",pid=(\d+)/.exec(sockets);
  return program === null ? undefined : `${program[1]} (process ${program[2]})`;
}

async function printed(host: Host, argv: readonly string[], signal: AbortSignal): Promise<string> {
  try {
    const { code, stdout } = await host.exec({ argv }, { signal });
    return code === 0 ? sanitize(stdout, true).trim() : '';
  } catch {
    signal.throwIfAborted();
    return '';
  }
}
