import type { Failure } from '../../../model/failure.ts';
import type { Intent } from '../intent.ts';
import type { Choice } from '../parts/choice-list.ts';
import { failureAsText } from '../run/ask/ask-failure.ts';

/** One way to go on from something that could not be done. */
export interface TroubleChoice extends Choice {
  readonly intents: readonly Intent[];
}

const close: TroubleChoice = { key: 'q', label: 'back to where you were', leads: '', intents: [] };

/** What can be done about a failure: by its code, then what always can. */
export function troubleChoices(failure: Failure): readonly TroubleChoice[] {
  return [
    close,
    ...(BY_CODE[failure.code] ?? []),
    { key: 'o', label: 'look around in a shell', leads: '`exit` comes back.', intents: [{ kind: 'shell' }] },
    {
      key: 'y',
      label: 'copy the failure',
      leads: '',
      intents: [{ kind: 'copy', text: failureAsText(undefined, failure), what: 'the failure' }],
    },
  ];
}

const home: TroubleChoice = {
  key: 'h',
  label: 'home, where that run is listed',
  leads: 'Enter on it there attaches to it.',
  intents: [{ kind: 'home' }],
};

/** No process becomes root, or learns a passphrase, while the app has the terminal. */
const leaveFor = (label: string): readonly TroubleChoice[] => [
  { key: 'x', label, leads: 'Nothing was changed. What was typed into forms is not kept.', intents: [{ kind: 'quit' }] },
];

const BY_CODE: Readonly<Record<string, readonly TroubleChoice[]>> = {
  'run.held': [home],
  'run.finished': [home],
  'host.root-needed': leaveFor('quit, to start anew with: sudo fairlead'),
  'vault.passphrase-needed': leaveFor('quit, to start anew with the passphrase'),
  'vault.wrong-passphrase': leaveFor('quit, to start anew with the passphrase'),
};
