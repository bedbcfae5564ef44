import type { Recipe } from '../model/recipe.ts';
import type { Style } from '../views/lib/style.ts';
import type { AppState } from '../views/tui/app-state.ts';
import { updateApp } from '../views/tui/app-update.ts';
import { firstHome } from '../views/tui/home/home-state.ts';
import { formOf } from '../views/tui/inputs/inputs-state.ts';
import type { Intent } from '../views/tui/intent.ts';
import type { Key } from '../views/tui/key.ts';
import type { News } from '../views/tui/news.ts';
import type { Around } from '../views/tui/page.ts';
import { aroundOf } from '../views/tui/screen.tsx';
import { createFakeDesk, deskInput, deskRecipe, type FakeDesk, type FakeDeskContents } from './fake-desk.ts';

/** A recipe that asks for one input of each kind that is entered in a way of its own, and for more than a small screen shows. */
export const formRecipe: Recipe = deskRecipe({
  name: 'beacon',
  title: 'Beacon, a light for ships',
  version: '2.1.0',
  inputs: [
    deskInput('host', 'hostname', {
      title: 'Host name',
      explain:
        'The name under which clients reach it. It must point to this machine, or to the proxy in front of it, before the certificate is made: the authority looks there.',
      schema: { type: 'string', pattern: '^[a-z][a-z0-9.-]*$' },
    }),
    deskInput('mail', 'email', { title: 'E-mail of the first account', explain: 'Nothing is sent to it.' }),
    deskInput('password', 'secret', { title: 'Password of the first account', explain: 'It is asked for at the first login.' }),
    deskInput('port', 'port', { title: 'Port on this host', default: 8077, explain: 'It listens here, on `127.0.0.1` only.' }),
    deskInput('folder', 'path', { title: 'Where its files live', default: '/srv/beacon' }),
    deskInput('size', 'choice', { title: 'How large', default: 'small', choices: ['small', 'large'] }),
    deskInput('open', 'boolean', { title: 'May anybody make an account', default: false }),
    deskInput('greeting', 'text', { title: 'Greeting on the first page', optional: true, explain: 'Markdown.' }),
    deskInput('relay', 'string', { title: 'Mail relay', optional: true }),
    deskInput('relay_password', 'secret', { title: 'Password of the mail relay', optional: true }),
    deskInput('motto', 'string', { title: 'Motto of the operator, as it stands at the foot of every page', optional: true }),
    deskInput('days', 'integer', {
      title: 'Days that backups are kept',
      default: 30,
      explain:
        'Each night a backup is made beside the data. After so many days it goes. A day takes about as much room as the data itself does, compressed: look at the disk before you choose a large number.\n\nTen is little: a mistake is often seen late. Ninety is much. What is kept elsewhere does not count here, and is never deleted by this.',
    }),
  ],
});

/** Where the values of `formRecipe` are used. */
const USED: NonNullable<FakeDeskContents['usedBy']> = {
  host: ['The certificate', 'Write its settings', 'Closing words'],
  port: ['Free ports', 'Write its settings', 'Start it'],
};

/** A desk with `formRecipe`. */
export function createFormDesk(contents: FakeDeskContents = {}): FakeDesk {
  return createFakeDesk({ recipes: [formRecipe], usedBy: USED, ...contents });
}

/** A form in front of an app that nothing else happens to: keys and news go in, states and intents come out. */
export interface FormUnderTest {
  state(): AppState;
  readonly rules: Pick<Around, 'fault' | 'asked'>;
  /** What happened, one after the other; what the form wanted done. A notice is shown, as the app shows it. */
  take(...happened: readonly (Key | News)[]): readonly Intent[];
}

/** Opens the form of a draft. `named`: the deployment was chosen before. */
export async function openForm({
  contents = {},
  named = false,
  changes,
  size = { columns: 80, rows: 24 },
  style = { colour: false, unicode: true },
}: {
  readonly contents?: FakeDeskContents;
  readonly named?: boolean;
  readonly changes?: string;
  readonly size?: { readonly columns: number; readonly rows: number };
  readonly style?: Style;
} = {}): Promise<FormUnderTest> {
  const { dispatch } = createFormDesk(contents);
  const rules = { fault: dispatch.fault, asked: dispatch.asked };
  const draft = await dispatch.draft(formRecipe.name, changes === undefined ? {} : { changes });
  let state: AppState = { pages: [firstHome, formOf(draft, rules, { named })], mouse: false, now: 0 };
  return {
    state: () => state,
    rules,
    take: (...happened) =>
      happened.flatMap((one) => {
        const around = aroundOf({ state, ...size, style, ...rules });
        const turn = updateApp(state, isKey(one) ? { kind: 'key', key: one } : { kind: 'news', news: one }, around);
        const notice = turn.intents?.find((intent) => intent.kind === 'notice')?.text;
        state = notice === undefined ? turn.state : { ...turn.state, notice };
        return turn.intents ?? [];
      }),
  };
}

function isKey(one: Key | News): one is Key {
  return ['named', 'text', 'paste', 'ctrl'].includes(one.kind);
}
