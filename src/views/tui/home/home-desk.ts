import type { Catalogue, DeploymentSummary } from '../../../model/catalogue.ts';
import { loaded, valueIn } from '../loaded.ts';
import type { Message } from '../message.ts';

/** What looking at what there is takes from outside. */
export interface HomeDeskSetUp {
  readonly catalogue: Pick<Catalogue, 'recipes' | 'deployments' | 'health'>;
  send(message: Message): void;
  /** Does the operator look at the first page now? */
  isInFront(): boolean;
}

/** Looks at what there is for the first page, and tells it as news. */
export interface HomeDesk {
  /** News: `recipes`, `deployments`, then `health` for each. */
  load(): void;
  /** Looks no more. */
  close(): void;
}

/** After so many milliseconds a deployment is looked at again that was between two states. */
const BETWEEN_MS = 500;

/** The one who looks. What is between two states is looked at again as long as somebody sees it. */
export function createHomeDesk({ catalogue, send, isInFront }: HomeDeskSetUp): HomeDesk {
  let closed = false;
  let lookingAgain: NodeJS.Timeout | undefined;

  const lookAtDeployments = async (): Promise<void> => {
    clearTimeout(lookingAgain);
    const found = await loaded(catalogue.deployments());
    send({ kind: 'news', news: { kind: 'deployments', deployments: found } });
    if (found.status !== 'ready') return;
    for (const { name } of found.value) {
      const health = await loaded(catalogue.health(name));
      const known = valueIn(health) ?? { dot: 'unknown', word: 'not known' };
      send({ kind: 'news', news: { kind: 'health', deployment: name, health: known } });
    }
    if (closed || !found.value.some(isBetween)) return;
    clearTimeout(lookingAgain);
    lookingAgain = setTimeout(() => {
      if (isInFront()) void lookAtDeployments();
    }, BETWEEN_MS);
  };

  return {
    load() {
      void loaded(catalogue.recipes()).then((recipes) => send({ kind: 'news', news: { kind: 'recipes', recipes } }));
      void lookAtDeployments();
    },
    close() {
      closed = true;
      clearTimeout(lookingAgain);
    },
  };
}

/** Held by a process without a run: one is about to begin, or has just come to its end. In a moment it stands otherwise. */
function isBetween({ standing, unfinished }: DeploymentSummary): boolean {
  return standing === 'running' && unfinished === undefined;
}
