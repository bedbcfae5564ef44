import type { ContainerDetail, DockerEngine } from '../../model/ports.ts';
import { HASH_LABEL, ONE_OFF_LABEL, SERVICE_LABEL } from '../lib/compose-files.ts';
import type { Wanted, WantedService } from './wanted.ts';

/** A container without a health check has to run this long without a restart. */
export const STEADY_MS = 2000;
/** So many restarts are a loop. */
export const RESTARTS = 3;

/** One service: what is wanted of it beside what is there. Plain data: `diff` judges by nothing else. */
export interface SeenService {
  readonly wanted: WantedService;
  readonly containers: readonly ContainerDetail[];
  /** Are the containers of the wanted configuration? */
  readonly current: boolean;
  /** The image that containers were made of and the wanted one, where they differ. */
  readonly image?: { readonly before: string; readonly after: string };
  /** `listed`: it must end with 0. `likely`: it is fine for it to have ended with 0. */
  readonly oneShot: 'listed' | 'likely' | 'no';
}

/** The containers that `compose up` made for a project, looked at closely, by service; one-off ones are left out. */
export async function readContainers(docker: DockerEngine, project: string): Promise<Map<string, ContainerDetail[]>> {
  const listed = await docker.containers({ project });
  const lasting = listed.filter(({ labels }) => labels[ONE_OFF_LABEL] !== 'True');
  lasting.sort((a, b) => a.name.localeCompare(b.name, 'en', { numeric: true }));
  const details = await Promise.all(lasting.map(({ id }) => docker.container(id)));
  const byService = new Map<string, ContainerDetail[]>();
  for (const detail of details) {
    const service = detail?.labels[SERVICE_LABEL];
    if (detail === undefined || service === undefined) continue;
    byService.set(service, [...(byService.get(service) ?? []), detail]);
  }
  return byService;
}

/**
 * Lays what is wanted beside what is there. `recreated` is asked only where a hash differs: compose's own word on
 * whether it would make that container anew.
 */
export async function compareServices(
  docker: DockerEngine,
  wanted: Wanted,
  found: ReadonlyMap<string, readonly ContainerDetail[]>,
  listed: readonly string[],
  recreated: () => Promise<((container: string) => boolean) | undefined>,
): Promise<readonly SeenService[]> {
  const differing = wanted.services.some((service) => !sameHash(service, found.get(service.name) ?? []));
  const verdict = differing ? await recreated() : undefined;
  return Promise.all(
    wanted.services.map(async (service): Promise<SeenService> => {
      const containers = (found.get(service.name) ?? []).map(withoutMoment);
      const image = await imageDifference(docker, service, containers);
      return {
        wanted: service,
        containers,
        current: sameHash(service, containers) || (verdict !== undefined && !containers.some(({ name }) => verdict(name))),
        ...(image === undefined ? {} : { image }),
        oneShot: oneShot(service, containers, listed),
      };
    }),
  );
}

/** Between two restarts of a loop a container runs for a moment: one look must not take that for standing. */
function withoutMoment(container: ContainerDetail): ContainerDetail {
  const { state, health, restartCount, startedAt } = container;
  const isNew = Date.now() - Date.parse(startedAt) < STEADY_MS;
  return state === 'running' && health === undefined && restartCount >= RESTARTS && isNew
    ? { ...container, state: 'restarting' }
    : container;
}

function sameHash({ hash }: WantedService, containers: readonly ContainerDetail[]): boolean {
  return containers.every(({ labels }) => labels[HASH_LABEL] === hash);
}

/**
 * Another name of the image, or the same name that leads to another image now. An image that is not there (any
 * more) is no difference: `up` would have to fetch it first.
 */
async function imageDifference(docker: DockerEngine, service: WantedService, containers: readonly ContainerDetail[]) {
  for (const container of containers) {
    const after = service.image ?? container.image;
    if (!sameReference(after, container.image)) return { before: container.image, after };
    const image = await docker.image(after);
    if (image !== undefined && image.id !== container.imageId) {
      return { before: `${container.image} (${shortId(container.imageId)})`, after: `${after} (${shortId(image.id)})` };
    }
  }
  return undefined;
}

function sameReference(a: string, b: string): boolean {
  // An engine answers with the id where a container was made by id; then the ids decide.
  return a === b || b.startsWith('sha256:') || a.replace(/:latest$/, '') === b.replace(/:latest$/, '');
}

function shortId(id: string): string {
  return id.replace('sha256:', '').slice(0, 12);
}

function oneShot(
  service: WantedService,
  containers: readonly ContainerDetail[],
  listed: readonly string[],
): SeenService['oneShot'] {
  if (listed.includes(service.name) || service.completes) return 'listed';
  const mayEnd = containers.every(({ restartPolicy }) => ['', 'no', 'on-failure'].includes(restartPolicy));
  return mayEnd && !service.lasting ? 'likely' : 'no';
}

/** How a container stands, in words that a person knows: `running`, `exited (1)`, `running, unhealthy`. */
export function standing(container: ContainerDetail): string {
  if (container.state === 'exited') return `exited (${container.exitCode})`;
  return container.state;
}

/** Is it as this kind of service should be when all is well, health aside? */
export function inPlace(container: ContainerDetail, kind: SeenService['oneShot']): boolean {
  const ended = container.state === 'exited' && container.exitCode === 0;
  if (kind === 'listed') return ended;
  return container.state === 'running' || (kind === 'likely' && ended);
}
