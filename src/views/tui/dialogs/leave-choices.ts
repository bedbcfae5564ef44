import type { PageState } from '../app-state.ts';
import type { Intent } from '../intent.ts';

/** One way to go on after Ctrl-C. */
export interface LeaveChoice {
  readonly key: string;
  readonly label: string;
  readonly intents: readonly Intent[];
}

/** What Ctrl-C offers: about the run on the page where one goes on, else about the app. */
export function leaveChoices(page: PageState): readonly LeaveChoice[] {
  const picture = page.kind === 'run' ? page.picture : undefined;
  const goesOn = picture !== undefined && !picture.past && picture.down === undefined && picture.state.status === 'running';
  const quit: Intent = { kind: 'quit' };
  if (!goesOn) return [{ key: 'q', label: 'quit fairlead', intents: [quit] }];
  return [
    { key: 'l', label: 'leave it running, and quit fairlead: `fairlead` or `fairlead attach` comes back to it', intents: [quit] },
    { key: 's', label: 'stop after this step', intents: [{ kind: 'request', request: { kind: 'stop', when: 'after-step' } }] },
    { key: 'n', label: 'stop now', intents: [{ kind: 'request', request: { kind: 'stop', when: 'now' } }] },
  ];
}
