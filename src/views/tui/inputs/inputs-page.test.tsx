import { describe, expect, it } from 'vitest';
import { type AppUnderTest, openApp } from '../../../testing/app-under-test.tsx';
import { deskRecipe, type FakeDesk, type FakeDeskContents } from '../../../testing/fake-desk.ts';
import { createFormDesk } from '../../../testing/form-desk.ts';
import { KEYS } from '../../../testing/keys.ts';

const FILLED: NonNullable<FakeDeskContents['filled']> = {
  host: { text: 'beacon.example.org', from: 'earlier-run' },
  mail: { text: 'keeper@example.org', from: 'earlier-run' },
  password: { text: '', from: 'vault' },
};

/** The app with the form in front. */
async function openForm(
  contents: FakeDeskContents = {},
  more: { readonly deployment?: string; readonly changes?: string } = {},
): Promise<{ readonly app: AppUnderTest; readonly desk: FakeDesk }> {
  const desk = createFormDesk(contents);
  const app = openApp(desk, { first: { kind: 'open-inputs', ref: 'beacon', ...more } });
  await app.shows('[ ');
  return { app, desk };
}

/** The row of a field, as it is on the screen. */
function row(app: AppUnderTest, title: string): string {
  return (
    app
      .screen()
      .split('\n')
      .find((line) => line.slice(2).startsWith(title)) ?? ''
  );
}

/** Together, as a key that is held down comes over a slow line. */
const down = (times: number): readonly string[] => [KEYS.down.repeat(times)];

function planned(desk: FakeDesk): unknown {
  return desk.asked.find(({ what }) => what === 'plan');
}

describe('moving', () => {
  it('Tab, Shift-Tab and the arrows move between fields, Enter to the next one and from the last to the way on', async () => {
    const { app } = await openForm();
    await app.type(KEYS.tab);
    expect(row(app, 'Host name')).toContain('▏');
    await app.type(KEYS.backTab);
    expect(row(app, 'Name of the deployment')).toContain('▏');
    await app.type(KEYS.backTab, KEYS.down, KEYS.up);
    expect(row(app, 'Name of the deployment')).toContain('▏');
    await app.type(KEYS.enter.repeat(13));
    expect(app.screen()).toContain('› [ Plan ]');
  });

  it('keys that come together, as over a slow line, are all heeded', async () => {
    const { app } = await openForm({ filled: FILLED });
    await app.type('-two\r\u0015other.org\tk');
    expect(row(app, 'Name of the deployment')).toContain('beacon-two');
    expect(row(app, 'Host name')).toContain('other.org');
    expect(row(app, 'E-mail of the first account')).toContain('keeper@example.orgk▏');
  });

  it('the panel below stays where it is, whatever field it is about', async () => {
    const { app } = await openForm();
    const place = (): number =>
      app
        .screen()
        .split('\n')
        .findLastIndex((line) => line.startsWith('────'));
    const first = place();
    for (const times of [1, 2, 1, 2, 1, 1, 5]) {
      await app.type(...down(times));
      expect(place()).toBe(first);
    }
  });

  it('a question mark is text in a field, and opens the list of all keys from the way on', async () => {
    const { app } = await openForm();
    await app.type(...down(9), '?');
    expect(row(app, 'Mail relay')).toContain('?▏');
    expect(app.screen()).not.toContain('? keys');
    await app.type(...down(4));
    await app.type('?');
    await app.shows('Ctrl-G');
  });
});

describe('the way on', () => {
  it('what was typed and what was left alone goes to the plan, and is there again when it comes back', async () => {
    const { app, desk } = await openForm({ filled: FILLED });
    await app.type(...down(4), KEYS.ctrl('u'), '9001', KEYS.ctrl('p'));
    await app.shows('Plan:');
    expect(planned(desk)).toMatchObject({
      deployment: 'beacon',
      typed: { host: 'beacon.example.org', port: '9001', password: '', open: 'false', relay: '' },
    });
    await app.type(KEYS.escape);
    await app.shows('[ Plan ]');
    expect(row(app, 'Port on this host')).toContain('9001▏  changed');
  });

  it('where something is wrong Ctrl-P goes to the first of it and says how much, and nothing is planned', async () => {
    const { app, desk } = await openForm();
    await app.type(...down(6), KEYS.ctrl('p'));
    await app.shows('3 of the inputs are not right yet');
    expect(row(app, 'Host name')).toContain('▏');
    expect(planned(desk)).toBeUndefined();
  });

  it('the form of an unfinished run goes on with it', async () => {
    const { app, desk } = await openForm({ filled: FILLED }, { changes: 'run-1' });
    expect(app.screen()).not.toContain('Name of the deployment');
    expect(app.screen()).toContain('Run run-1 of beacon goes on');
    await app.type(KEYS.ctrl('u'), 'other.example.org', KEYS.ctrl('p'));
    await app.hides('Run run-1 of beacon goes on');
    expect(desk.asked.at(-1)).toMatchObject({ what: 'resume', run: 'run-1', typed: { host: 'other.example.org' } });
  });

  it('a recipe that asks for nothing says so, and Enter goes on', async () => {
    const { app, desk } = await openForm({ recipes: [deskRecipe({ name: 'beacon', inputs: [] })] }, { deployment: 'beacon' });
    await app.shows('This recipe asks for nothing.');
    await app.type(KEYS.enter);
    await app.shows('Plan:');
    expect(planned(desk)).toMatchObject({ typed: {} });
  });
});

describe('what is wrong', () => {
  it('is not said of a field before it was left', async () => {
    const { app } = await openForm();
    await app.type(...down(2), 'keeper');
    expect(app.screen()).not.toContain('▲');
    await app.type(KEYS.down);
    expect(row(app, 'E-mail of the first account')).toContain('▲ must be an e-mail address');
    await app.type(KEYS.up, '@example.org');
    expect(row(app, 'E-mail of the first account')).not.toContain('▲');
  });

  it('is not said of a field that was only passed by', async () => {
    const { app } = await openForm();
    await app.type(...down(13));
    expect(app.screen()).toContain('› [ Plan ]');
    expect(app.screen()).not.toContain('▲');
  });

  it('is said at once of a value that was right before', async () => {
    const { app } = await openForm();
    await app.type(...down(4), '9');
    expect(row(app, 'Port on this host')).toContain('80779▏');
    expect(app.screen()).not.toContain('▲');
    await app.type(KEYS.backspace, KEYS.backspace, '7', 'x');
    expect(row(app, 'Port on this host')).toContain('▲');
    expect(app.screen()).toContain('▲ Must be a port, 1 to 65535.');
  });

  it('is not said of a field that is emptied to be filled anew', async () => {
    const { app } = await openForm({ filled: FILLED });
    await app.type(...down(2), KEYS.ctrl('w'), 'k@example.org', KEYS.ctrl('u'), 'other');
    expect(row(app, 'E-mail of the first account')).toContain('other▏');
    expect(app.screen()).not.toContain('▲');
  });
});

describe('entering', () => {
  it('choices are chosen with arrows, Space and their first letter; yes and no as well', async () => {
    const { app } = await openForm();
    await app.type(...down(6), KEYS.right);
    expect(row(app, 'How large')).toContain('○ small  ● large');
    await app.type('s');
    expect(row(app, 'How large')).toContain('● small  ○ large');
    await app.type(KEYS.down, ' ');
    expect(row(app, 'May anybody')).toContain('● yes  ○ no  changed');
    await app.type('n');
    expect(row(app, 'May anybody')).toContain('○ yes  ● no  default');
  });

  it('Ctrl-Z brings back what stood in a field at first', async () => {
    const { app } = await openForm();
    await app.type(...down(4), '9');
    expect(app.screen()).toContain('Changed by you; Ctrl-Z brings back the default: 8077');
    await app.type(KEYS.ctrl('z'));
    expect(row(app, 'Port on this host')).toContain('8077▏  default');
  });

  it('pasted text goes where it belongs: on one line, but into a text with its line breaks', async () => {
    const { app, desk } = await openForm({ filled: FILLED });
    await app.type(...down(8), KEYS.paste('# Hello\r\n\r\nBe kind.\n'), KEYS.down, KEYS.paste('one\ntwo\n'));
    expect(row(app, 'Greeting')).toContain('# Hello↵↵Be kind.');
    expect(row(app, 'Mail relay')).toContain('one two▏');
    await app.type(KEYS.ctrl('p'));
    await app.shows('Plan:');
    expect(planned(desk)).toMatchObject({ typed: { greeting: '# Hello\n\nBe kind.', relay: 'one two' } });
  });

  it('Ctrl-J is a new line in a text, and nothing elsewhere', async () => {
    const { app } = await openForm();
    await app.type(...down(8), 'a', '\n', 'b');
    expect(row(app, 'Greeting')).toContain('a↵b▏');
    expect(app.screen()).toContain('2 lines; ↵ is where one ends.');
    await app.type(KEYS.down, 'a', '\n', 'b');
    expect(row(app, 'Mail relay')).toContain('ab▏');
  });
});

describe('a secret', () => {
  it('is hidden until Ctrl-R, and again when the cursor leaves it', async () => {
    const { app } = await openForm();
    await app.type(...down(3), 'hunter2');
    expect(row(app, 'Password of the first account')).toContain('••••••••▏  typed, hidden');
    await app.type(KEYS.ctrl('r'));
    await app.shows('hunter2▏');
    await app.type(KEYS.down, KEYS.up);
    expect(app.screen()).not.toContain('hunter2');
  });

  it('is changed at its end only while it is hidden', async () => {
    const { app } = await openForm();
    await app.type(...down(3), 'hunter', KEYS.home, KEYS.left, '2', KEYS.delete, KEYS.ctrl('r'));
    await app.shows('hunter2▏');
  });

  it('is made by Ctrl-G, and goes to the plan without being seen', async () => {
    const { app, desk } = await openForm({ filled: { ...FILLED, password: { text: '', from: 'nowhere' } } });
    await app.type(...down(3), KEYS.ctrl('g'));
    expect(row(app, 'Password of the first account')).toContain('••••••••▏  made at random');
    await app.type(KEYS.ctrl('p'));
    await app.shows('Plan:');
    expect(planned(desk)).toMatchObject({ typed: { password: 'made-for-password' } });
  });

  it('of the vault stays where nothing is typed', async () => {
    const { app, desk } = await openForm({ filled: FILLED });
    expect(row(app, 'Password of the first account')).toContain('kept in the vault');
    await app.type(KEYS.ctrl('p'));
    await app.shows('Plan:');
    expect(planned(desk)).toMatchObject({ typed: { password: '' } });
  });
});

describe("the deployment's name", () => {
  it('is looked at when its field is left; what was typed before stays', async () => {
    const { app, desk } = await openForm();
    await app.type(KEYS.down, 'beacon.example.org', KEYS.up, '-two', KEYS.down);
    await app.hides('looking at it');
    expect(desk.asked.at(-1)).toEqual({ what: 'draft', ref: 'beacon', deployment: 'beacon-two' });
    expect(row(app, 'Host name')).toContain('beacon.example.org▏');
  });

  it('that will not do is said at its field, and keeps from planning until there is another', async () => {
    const { app, desk } = await openForm({ filled: FILLED });
    await app.type('!', KEYS.ctrl('p'));
    await app.shows('The deployment needs another name.');
    expect(app.screen()).toContain('▲ beacon! can not be the name of a deployment.');
    expect(planned(desk)).toBeUndefined();
    await app.type(KEYS.backspace, '2');
    expect(app.screen()).not.toContain('▲');
    await app.type(KEYS.ctrl('p'));
    await app.shows('Plan:');
    expect(planned(desk)).toMatchObject({ deployment: 'beacon2' });
  });

  it('can not be changed where the deployment was chosen', async () => {
    const { app } = await openForm({}, { deployment: 'lamp' });
    expect(app.screen()).toContain('deployment lamp');
    expect(app.screen()).not.toContain('Name of the deployment');
  });
});

describe('Escape', () => {
  it('goes back at once where nothing was typed', async () => {
    const { app } = await openForm();
    await app.type(KEYS.down, KEYS.escape);
    await app.hides('[ Plan ]');
  });

  it('asks once more where something would be lost, and any other key stays', async () => {
    const { app } = await openForm();
    await app.type(KEYS.down, 'x', KEYS.escape);
    await app.shows('Esc once more leaves the form');
    await app.type('y', KEYS.escape);
    await app.shows('Esc once more leaves the form');
    expect(row(app, 'Host name')).toContain('xy▏');
    await app.type(KEYS.escape);
    await app.hides('[ Plan ]');
  });
});
