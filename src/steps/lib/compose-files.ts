import { posix } from 'node:path';
import { isMap, parseDocument } from 'yaml';
import { fail } from '../../model/failure.ts';
import type { Container, Host } from '../../model/ports.ts';
import type { ComposeProject } from './compose-cli.ts';

/** The params that name a compose project. */
export interface ProjectParams {
  readonly directory: string;
  readonly file?: string;
  readonly project?: string;
}

/** The label that compose gives to all that it makes for a project. */
export const PROJECT_LABEL = 'com.docker.compose.project';
/** The label of a container that `compose run` made: `True`. */
export const ONE_OFF_LABEL = 'com.docker.compose.oneoff';
/** The label that compose compares to know whether a container is of the present configuration. */
export const HASH_LABEL = 'com.docker.compose.config-hash';
/** The label that holds a container's service. */
export const SERVICE_LABEL = 'com.docker.compose.service';

const MAIN_FILES = ['compose.yaml', 'compose.yml', 'docker-compose.yaml', 'docker-compose.yml'];

/** The name of a project: as given, else its folder's name as compose writes it. */
export function projectName({ directory, project }: ProjectParams): string {
  if (project !== undefined) return project;
  const name = posix
    .basename(directory)
    .toLowerCase()
    .replaceAll(/[^-_a-z0-9]/g, '')
    .replace(/^[-_]+/, '');
  if (name !== '') return name;
  throw fail('compose.no-project-name', `The folder ${directory} gives no name for a compose project.`, {
    hints: ['Say `project:` in the step.'],
  });
}

/** A project's files as they lie there now. */
export interface ProjectFiles extends ComposeProject {
  /** Names that the files' text declares as services, whatever profile they are in. */
  readonly declared: readonly string[];
  /** Variables that are set to nothing in `.env` and stand before the colon of a volume. */
  readonly blankSources: readonly string[];
  /** All that compose reads to know what the files mean, but for env files of services; undefined where they name other files. */
  readonly written?: string;
}

/** Finds a project's files, with the override beside them as compose does; undefined where the compose file is not there. */
export async function findComposeFiles(host: Host, params: ProjectParams): Promise<ProjectFiles | undefined> {
  const directory = posix.resolve(params.directory);
  const names = params.file === undefined ? MAIN_FILES : [params.file];
  const paths = names.map((name) => posix.resolve(directory, name));
  const main = await firstThere(host, paths);
  if (main === undefined) return undefined;
  const files = [main];
  if (params.file === undefined) {
    const override = await firstThere(host, [
      main.replace(/(\.ya?ml)$/, '.override$1'),
      main.replace(/\.ya?ml$/, '.override.yml'),
    ]);
    if (override !== undefined) files.push(override);
  }
  const texts = await Promise.all(files.map((file) => textAt(host, file)));
  const envText = await textAt(host, posix.join(directory, '.env'));
  const env = envEntries(envText);
  const namesOthers = texts.some((text) => /\b(?:extends|include)\b/.test(text));
  return {
    files,
    project: projectName(params),
    projectDirectory: directory,
    envNames: [...env.keys()],
    declared: texts.flatMap(declaredServices),
    blankSources: [...new Set(texts.flatMap((text) => sourceVariables(text)))].filter((name) => env.get(name) === ''),
    ...(namesOthers ? {} : { written: JSON.stringify([files, texts, envText]) }),
  };
}

async function firstThere(host: Host, paths: readonly string[]): Promise<string | undefined> {
  const stats = await host.files(paths.map((path) => ({ op: 'stat', path }) as const));
  return paths.find((_, index) => stats[index]?.kind === 'file');
}

async function textAt(host: Host, path: string): Promise<string> {
  const [stat] = await host.files([{ op: 'stat', path }]);
  if (stat?.kind !== 'file') return '';
  const [bytes] = await host.files([{ op: 'read', path }]);
  return new TextDecoder().decode(bytes ?? new Uint8Array());
}

/** Names and roughly the values of an env file: exact enough to know the names, and which of them are blank. */
function envEntries(text: string): Map<string, string> {
  const entries = [...text.matchAll(/^[ \t]*(?:export[ \t]+)?([A-Za-z_][\w.-]*)[ \t]*=[ \t]*(.*?)[ \t]*$/gm)];
  return new Map(entries.map(([, name, value]) => [name as string, (value as string).replace(/^(?:''|""|#.*)$/, '')]));
}

/** The names below `services`, as far as the text is YAML: what is wrong with it compose itself says better. */
function declaredServices(text: string): string[] {
  const document = parseDocument(text, { logLevel: 'silent' });
  const services = document.errors.length > 0 ? undefined : document.get('services');
  return isMap(services) ? services.items.map(({ key }) => String(key)) : [];
}

/** Variables that alone make the source of a volume, short form (`${X}:/data`) or long (`source: ${X}`). */
function sourceVariables(text: string): string[] {
  const short = text.matchAll(/(?<=^|[\s"'[,])\$(?:(\w+)|\{(\w+)\}):\//gm);
  const long = text.matchAll(/\bsource:[ \t]*["']?\$(?:(\w+)|\{(\w+)\})["']?(?=[ \t]*(?:$|[,}#]))/gm);
  return [...short, ...long].map((match) => match[1] ?? match[2] ?? '');
}

/** A variable is blank where a value is needed: compose would mount or start something else than is meant. */
export function blankVariable(names: readonly string[], directory: string, tail: readonly string[] = []) {
  const list = names.join(', ');
  return fail('compose.blank-variable', `The compose file in ${directory} uses ${list}, which has no value.`, {
    hints: [
      `Set ${list} in ${posix.join(directory, '.env')} before this step.`,
      'Where nothing is a right value, write `${NAME:-}` in the compose file.',
    ],
    evidence: { tail },
  });
}

/** Fails where the project's containers belong to another folder that still holds a project of this name. */
export async function refuseForeignProject(
  host: Host,
  directory: string,
  project: string,
  containers: readonly Container[],
): Promise<void> {
  const own = posix.resolve(directory);
  const foreign = [...new Set(containers.map(({ labels }) => labels[`${PROJECT_LABEL}.working_dir`]))].filter(
    (other): other is string => other?.startsWith('/') === true && posix.resolve(other) !== own,
  );
  for (const other of foreign) {
    if (
      (await firstThere(
        host,
        MAIN_FILES.map((name) => posix.join(other, name)),
      )) === undefined
    )
      continue;
    throw fail('compose.project-taken', `The containers of the compose project ${project} belong to ${other}, not to ${own}.`, {
      hints: [
        'Give this deployment another name with `project:`.',
        `Or take the other one down first: \`docker compose down\` in ${other}.`,
      ],
    });
  }
}
