import type Dockerode from 'dockerode';
import { NotYet } from '../../model/failure.ts';
import type { Container, ContainerDetail, DockerEngine, Image, Network } from '../../model/ports.ts';
import { createDockerConnection } from './docker-connection.ts';
import { type DockerExecOptions, execInContainer } from './docker-exec.ts';
import {
  imageInUse,
  imageNotFound,
  nameConflict,
  networkInUse,
  noSuchContainer,
  noSuchNetwork,
  noSuchVolume,
  portInUse,
  subnetInUse,
  volumeInUse,
} from './docker-failures.ts';
import { containerLog } from './docker-logs.ts';
import { pullImage } from './docker-pull.ts';
import { openTerminalInContainer } from './docker-terminal.ts';

const PROJECT_LABEL = 'com.docker.compose.project';
const GRACE_SECONDS = 10;
/** An engine that hangs counts as one that doesn't answer. */
const ANSWERS_WITHIN_MS = 10_000;
const BUILT_IN_NETWORKS = new Set(['bridge', 'host', 'none']);

/**
 * The Docker Engine by its API, through dockerode (loaded on the first call). `socket` is a path; without it
 * `DOCKER_HOST` is obeyed. `reveal` gives the values of secrets in a program's environment and input.
 */
export function createDockerodeEngine(options: DockerExecOptions & { readonly socket?: string }): DockerEngine {
  const connection = createDockerConnection(options.socket);

  const all = (project?: string): Promise<Dockerode.ContainerInfo[]> =>
    connection.call('list containers', (docker) =>
      docker.listContainers({
        all: true,
        ...(project === undefined ? {} : { filters: { label: [`${PROJECT_LABEL}=${project}`] } }),
      }),
    );

  return {
    async info() {
      try {
        const version = await connection.call('tell its version', (docker) =>
          Promise.race([docker.version(), silence(connection.where)]),
        );
        return { version: version.Version, apiVersion: version.ApiVersion };
      } catch (error) {
        if (error instanceof NotYet) return undefined;
        throw error;
      }
    },

    async networks() {
      const [networks, containers] = await Promise.all([
        connection.call('list networks', (docker) => docker.listNetworks()),
        all(),
      ]);
      return networks.map((network) => networkOf(network, containers));
    },

    createNetwork(spec) {
      const pool = {
        ...(spec.subnet === undefined ? {} : { Subnet: spec.subnet }),
        ...(spec.ipRange === undefined ? {} : { IPRange: spec.ipRange }),
        ...(spec.gateway === undefined ? {} : { Gateway: spec.gateway }),
      };
      return connection.call(
        `make the network ${spec.name}`,
        async (docker) => {
          await docker.createNetwork({
            Name: spec.name,
            CheckDuplicate: true,
            Driver: spec.driver,
            Internal: spec.internal,
            Labels: { ...spec.labels },
            IPAM: { Driver: 'default', Config: Object.keys(pool).length === 0 ? [] : [pool] },
          });
        },
        ({ status, cause }) => {
          if (status === 409 || BUILT_IN_NETWORKS.has(spec.name)) return nameConflict('network', spec.name, cause);
          return status === 403 ? subnetInUse(spec.name, spec.subnet, cause) : undefined;
        },
      );
    },

    async removeNetwork(name) {
      await connection.call(
        `remove the network ${name}`,
        (docker) => docker.getNetwork(name).remove(),
        ({ status, cause }) => {
          if (status === 404) return noSuchNetwork(name, cause);
          return status === 403 ? networkInUse(name, [], cause) : undefined;
        },
      );
    },

    image: (reference) =>
      connection.call('look at an image', async (docker): Promise<Image | undefined> => {
        const image = await orUndefined(docker.getImage(reference).inspect());
        if (image === undefined) return undefined;
        return { id: image.Id, tags: image.RepoTags ?? [], labels: image.Config.Labels ?? {}, size: image.Size };
      }),

    pull: (reference, pullOptions) => pullImage(connection, reference, pullOptions),

    async removeImage(reference) {
      await connection.call(
        `remove the image ${reference}`,
        (docker) => docker.getImage(reference).remove(),
        ({ status, cause }) => {
          if (status === 404) return imageNotFound(reference, false, cause);
          return status === 409 ? imageInUse(reference, cause) : undefined;
        },
      );
    },

    async containers({ project }) {
      return (await all(project)).map(
        (container): Container => ({
          id: container.Id,
          name: nameOf(container),
          image: container.Image,
          imageId: container.ImageID,
          state: container.State as Container['state'],
          labels: container.Labels,
        }),
      );
    },

    container: (nameOrId) =>
      connection.call('look at a container', async (docker) => {
        const found = await orUndefined(docker.getContainer(nameOrId).inspect());
        return found === undefined ? undefined : detailOf(found);
      }),

    restart: (nameOrId) =>
      connection.call(
        `restart ${nameOrId}`,
        (docker) => docker.getContainer(nameOrId).restart({ t: GRACE_SECONDS }),
        ({ status, said, cause }) => {
          if (status === 404) return noSuchContainer(nameOrId, cause);
          // The engine has one status for whatever hinders a start; a taken port is worth a word of its own.
          return /address already in use|port is already allocated/.test(said) ? portInUse(nameOrId, said, cause) : undefined;
        },
      ),

    exec: (nameOrId, command, execOptions) => execInContainer(connection, options, nameOrId, command, execOptions),

    openTerminal: (nameOrId, command, terminalOptions) =>
      openTerminalInContainer(connection, options, nameOrId, command, terminalOptions),

    logs: (nameOrId, logOptions) => containerLog(connection, nameOrId, logOptions),

    async volumes({ project }) {
      const { Volumes } = await connection.call('list volumes', (docker) =>
        docker.listVolumes(project === undefined ? {} : { filters: { label: [`${PROJECT_LABEL}=${project}`] } }),
      );
      return (Volumes ?? []).map((volume) => volume.Name);
    },

    async removeVolume(name) {
      const using = async (): Promise<readonly string[]> => {
        const filters = { volume: [name] };
        return (await connection.call('list containers', (docker) => docker.listContainers({ all: true, filters }))).map(nameOf);
      };
      // Asked before: the engine's refusal names ids only.
      const containers = await using();
      if (containers.length > 0) throw volumeInUse(name, containers);
      await connection.call(
        `remove the volume ${name}`,
        (docker) => docker.getVolume(name).remove(),
        ({ status, cause }) => {
          if (status === 404) return noSuchVolume(name, cause);
          return status === 409 ? volumeInUse(name, [], cause) : undefined;
        },
      );
    },
  };
}

/** Rejects as a broken connection does, so that a daemon that accepts but never answers is told alike. */
function silence(where: string): Promise<never> {
  return new Promise((_, reject) => {
    const error = Object.assign(new Error(`${where} does not answer`), { code: 'ETIMEDOUT' });
    setTimeout(() => reject(error), ANSWERS_WITHIN_MS).unref();
  });
}

/** Nothing of that name is an answer, not an error. */
async function orUndefined<T>(looked: Promise<T>): Promise<T | undefined> {
  try {
    return await looked;
  } catch (error) {
    if ((error as { statusCode?: number }).statusCode === 404) return undefined;
    throw error;
  }
}

function networkOf(network: Dockerode.NetworkInspectInfo, containers: readonly Dockerode.ContainerInfo[]): Network {
  // The engine's own list of endpoints leaves out containers that are stopped, and they need the network too.
  const attached = containers.filter((container) =>
    Object.entries(container.NetworkSettings?.Networks ?? {}).some(
      ([name, endpoint]) => endpoint.NetworkID === network.Id || (endpoint.NetworkID === '' && name === network.Name),
    ),
  );
  return {
    id: network.Id,
    name: network.Name,
    driver: network.Driver,
    internal: network.Internal,
    pools: (network.IPAM?.Config ?? []).flatMap(({ Subnet: subnet, IPRange: ipRange, Gateway: gateway }) =>
      subnet === undefined ? [] : [{ subnet, ...(ipRange ? { ipRange } : {}), ...(gateway ? { gateway } : {}) }],
    ),
    labels: network.Labels ?? {},
    containers: attached.map(nameOf).sort(),
  };
}

function detailOf(found: Dockerode.ContainerInspectInfo): ContainerDetail {
  const health = found.State.Health;
  const known = health?.Status === 'starting' || health?.Status === 'healthy' || health?.Status === 'unhealthy';
  const output = health?.Log?.at(-1)?.Output;
  return {
    id: found.Id,
    name: found.Name.replace(/^\//, ''),
    image: found.Config.Image,
    imageId: found.Image,
    state: found.State.Status as Container['state'],
    labels: found.Config.Labels ?? {},
    ...(known ? { health: health.Status as 'starting' | 'healthy' | 'unhealthy' } : {}),
    ...(known && output !== undefined ? { healthOutput: output } : {}),
    startedAt: found.State.StartedAt,
    exitCode: found.State.ExitCode,
    restartCount: found.RestartCount,
    restartPolicy: found.HostConfig.RestartPolicy?.Name || 'no',
    networks: Object.keys(found.NetworkSettings.Networks).sort(),
    error: found.State.Error,
    ...logLimitOf(found.HostConfig.LogConfig),
  };
}

/** The engine's own defaults are in here too: it fills them in when it makes a container. */
function logLimitOf(config: Dockerode.HostConfig['LogConfig']): Pick<ContainerDetail, 'logLimit'> {
  const { 'max-size': maxSize, 'max-file': maxFile } = (config?.Config ?? {}) as Readonly<Record<string, string | undefined>>;
  return maxSize === undefined ? {} : { logLimit: { maxSize, maxFiles: Number(maxFile ?? 1) } };
}

/** A container's own name: those of links have a second slash. */
function nameOf(container: Dockerode.ContainerInfo): string {
  const name = container.Names.find((candidate) => candidate.lastIndexOf('/') === 0) ?? container.Id;
  return name.replace(/^\//, '');
}
