import { type FairleadError, fail, NotYet } from '../../model/failure.ts';

/** What to throw where no engine answers: an earlier step may still bring one. */
export function unreachable(where: string, cause?: unknown): NotYet {
  const { failure } = fail('docker.unreachable', `No Docker Engine answers at ${where}.`, {
    fault: 'environment',
    hints: [
      'See whether Docker runs: `systemctl status docker`, or `/etc/init.d/docker status` without systemd.',
      'Install it, or use a recipe that has a docker.engine step.',
    ],
    retryable: true,
  });
  const error = new NotYet('docker', failure);
  if (cause !== undefined) error.cause = cause;
  return error;
}

/** The engine was restarted while a program ran in a container: it can't say any more how the program ended. */
export function engineRestarted(where: string, container: string, cause?: unknown): NotYet {
  const message = `The Docker Engine at ${where} was restarted while a program ran in ${container}: how it ended is not known.`;
  const error = new NotYet(
    'docker',
    fail('docker.unreachable', message, {
      fault: 'environment',
      hints: [`See what it did: \`docker logs --tail 40 ${container}\`, \`docker top ${container}\`; then resume.`],
      retryable: true,
    }).failure,
  );
  if (cause !== undefined) error.cause = cause;
  return error;
}

/** We may not speak to the engine's socket. */
export function permissionDenied(where: string, cause?: unknown): FairleadError {
  return fail('docker.permission-denied', `This user may not speak to the Docker Engine at ${where}.`, {
    fault: 'environment',
    hints: ['Run fairlead with sudo.', 'Or add the user to the group `docker` and log in again.'],
    cause,
  });
}

/** The wanted subnet overlaps another one. */
export function subnetInUse(network: string, subnet: string | undefined, cause?: unknown): FairleadError {
  return fail(
    'docker.subnet-in-use',
    `Docker can't make the network ${network}: ${subnet ?? 'its subnet'} overlaps another network.`,
    {
      hints: ['See who holds it: `docker network ls` and `ip route`.', 'Choose another subnet.'],
      cause,
    },
  );
}

/** Something of that name exists already. */
export function nameConflict(what: string, name: string, cause?: unknown): FairleadError {
  return fail('docker.name-conflict', `Docker already has a ${what} named ${name}.`, { cause });
}

/** A network still has containers attached. */
export function networkInUse(name: string, containers: readonly string[], cause?: unknown): FairleadError {
  const who = containers.length === 0 ? 'containers' : containers.join(', ');
  return fail('docker.network-in-use', `The network ${name} is in use by ${who}.`, {
    hints: ['Stop and remove these containers first, then try again.'],
    retryable: true,
    cause,
  });
}

export function noSuchNetwork(name: string, cause?: unknown): FairleadError {
  return fail('docker.no-such-network', `Docker has no network ${name}.`, { cause });
}

export function noSuchVolume(name: string, cause?: unknown): FairleadError {
  return fail('docker.no-such-volume', `Docker has no volume ${name}.`, { cause });
}

/** A container, running or not, has the volume. */
export function volumeInUse(name: string, containers: readonly string[], cause?: unknown): FairleadError {
  const who = containers.length === 0 ? 'a container' : containers.join(', ');
  return fail('docker.volume-in-use', `The volume ${name} is in use by ${who}.`, {
    hints: [
      containers.length === 0
        ? `See which containers have it, and remove them: \`docker ps --all --filter volume=${name}\`; then try again.`
        : `Remove what uses it, then try again: \`docker rm --force ${containers.join(' ')}\`.`,
    ],
    retryable: true,
    cause,
  });
}

export function noSuchContainer(name: string, cause?: unknown): FairleadError {
  return fail('docker.no-such-container', `Docker has no container ${name}.`, {
    hints: ['See which there are: `docker ps -a`.'],
    cause,
  });
}

export function notRunning(name: string, cause?: unknown): FairleadError {
  return fail('docker.container-not-running', `The container ${name} is not running.`, {
    hints: [`See why: \`docker logs --tail 40 ${name}\`.`],
    retryable: true,
    cause,
  });
}

/** No such image, here or (`pulled`) at its registry; private ones look the same from outside. */
export function imageNotFound(reference: string, pulled: boolean, cause?: unknown): FairleadError {
  return fail(
    'docker.image-not-found',
    pulled ? `The registry has no image ${reference}, or it needs a login.` : `Docker has no image ${reference}.`,
    {
      hints: pulled ? ['Check the name and the tag.', 'For a private image: `docker login` first.'] : [],
      cause,
    },
  );
}

export function imageInUse(reference: string, cause?: unknown): FairleadError {
  return fail('docker.image-in-use', `The image ${reference} is in use by a container.`, {
    hints: ['Remove the containers made from it first: `docker ps -a`.'],
    cause,
  });
}

/** The registry could not be reached, or answered with an error of its own. */
export function registryUnreachable(reference: string, said: string, cause?: unknown): FairleadError {
  return fail('docker.registry-unreachable', `The image ${reference} can't be pulled: ${said}`, {
    fault: 'environment',
    hints: ["Check this host's network, DNS and proxy, then try again."],
    retryable: true,
    cause,
  });
}

/** The disk that holds the engine's data is full. */
export function noSpace(act: string, said: string, cause?: unknown): FairleadError {
  return fail('docker.no-space', `Docker could not ${act}, the disk is full: ${said}`, {
    fault: 'environment',
    hints: [
      'See what fills it: `docker system df`, and `df -h` of the folder that `docker info` calls Docker Root Dir.',
      'Make room there (`docker image prune`, `docker builder prune`, or a larger disk), then resume.',
    ],
    retryable: true,
    cause,
  });
}

/** A port that a container publishes is taken. */
export function portInUse(name: string, said: string, cause?: unknown): FairleadError {
  return fail('docker.port-in-use', `The container ${name} can't start, a port is taken: ${said}`, {
    hints: ['See who listens: `ss -ltnp`.', 'Stop it, or choose another port.'],
    retryable: true,
    cause,
  });
}

/** Any other refusal, in the engine's own words. */
export function refused(act: string, said: string, status: number | undefined, cause?: unknown): FairleadError {
  const fault = status !== undefined && status >= 500 ? 'environment' : 'operator';
  return fail('docker.refused', `Docker could not ${act}: ${said}`, {
    fault,
    hints: ["The engine's own log may say more: `journalctl -u docker`."],
    retryable: fault === 'environment',
    cause,
  });
}
