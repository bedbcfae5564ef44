import { describe, expect, it, vi } from 'vitest';
import type { RunSummary } from '../../../model/catalogue.ts';
import { fail } from '../../../model/failure.ts';
import {
  createFakeDesk,
  deskDeployment,
  deskInput,
  deskRecipe,
  type FakeDesk,
  type FakeDeskContents,
} from '../../../testing/fake-desk.ts';
import { ATTACK } from '../../../testing/fixtures/toy-story.ts';
import { CTRL_C, createScriptedOperator, type Move } from '../../../testing/scripted-operator.ts';
import { askedWhere } from '../../../testing/toy-run.ts';
import { holdDialogue } from './dialogue.ts';

interface Held extends FakeDesk {
  readonly written: string;
  /** What was asked of Dispatch, in words. */
  readonly did: readonly string[];
}

/** Holds a dialogue to its end; every move of the script must have been made. */
async function hold(script: readonly Move[], contents: FakeDeskContents = {}): Promise<Held> {
  const operator = createScriptedOperator(script);
  const desk = createFakeDesk(contents);
  await holdDialogue(desk, operator.terminal);
  operator.check();
  const did = desk.asked.map((one) => ('run' in one ? `${one.what} ${one.run}` : one.what));
  return { ...desk, written: operator.written(), did };
}

const broken: RunSummary = {
  id: 'run-7',
  kind: 'converge',
  what: 'toy 1.0.0',
  startedAt: '2026-01-01T12:00:00.000Z',
  lastAt: '2026-01-01T12:01:00.000Z',
  stopReason: 'failed',
};
const stopped = deskDeployment('cloud', { standing: 'stopped', unfinished: broken });
const OR_PART = 'a part of one';
const SUMMARY = 'What will be used for ';

describe('a newcomer', () => {
  it('comes from the list through inputs and plan to the finish, and reads at each prompt what may be typed', async () => {
    const held = await hold([
      [/Nothing is deployed yet.*\nRecipes:\n1\. toy: .*\n.*a part of one/, 'toy'],
      ['1. install', '1'],
      ['Enter for [toy]: ', 'play'],
      ['Enter for [8077]: ', '99999'],
      ['It must be 65535 or less.\n', '9000'],
      [/1\. small\n2\. large\n.*\[small\]: $/, '2'],
      ['Type an e-mail address, back, ?: ', ''],
      [/It needs a value\.\n/, 'me@lan.example'],
      ['Enter for none: ', ''],
      ['2. generate', '1'],
      ['nothing of it is shown', 'geheim'],
      ['once more', 'geheim'],
      [`${SUMMARY}play:`, 'yes'],
      [/Plan: 2 to create\.\n1\. create: Make its folder\n2\. create: Start it\nDo this\?/, 'yes'],
      ['All is well.', ''],
      ['Fairlead:', 'q'],
    ]);
    expect(held.asked.find(({ what }) => what === 'plan')).toEqual({
      what: 'plan',
      deployment: 'play',
      typed: { port: '9000', size: 'large', mail: 'me@lan.example', password: 'geheim' },
    });
    expect(held.did.at(-1)).toBe('start');
    expect(held.written).not.toContain('geheim');
  });

  it('never reads a prompt of two lines, nor one that is wider than a terminal', async () => {
    const held = await hold([
      [OR_PART, 'toy'],
      ['1. install', 'install'],
      ['[toy]', ''],
      ['[8077]', ''],
      ['[small]', ''],
      ['e-mail', 'me@lan.example'],
      ['none', ''],
      ['generate', 'generate'],
      [SUMMARY, 'yes'],
      ['Do this?', 'no'],
      ['Fairlead', 'q'],
    ]);
    const prompts = held.written.split('\n').flatMap((line) => /^(?:Type|Do this).*: (?=\S*$)/.exec(line) ?? []);
    expect(prompts).toHaveLength(11);
    for (const prompt of prompts) expect(prompt.length).toBeLessThan(80);
    expect(held.did).not.toContain('start');
    expect(held.written).toContain('Nothing was changed.');
    expect(held.written).not.toContain('\r');
    expect(held.written).not.toContain('\u001b');
  });
});

describe('the list', () => {
  const contents: FakeDeskContents = {
    deployments: [deskDeployment('toy'), stopped],
    recipes: [deskRecipe(), deskRecipe({ name: 'attic', title: 'An attic' })],
    brokenRecipes: [
      { ref: 'odd', name: 'odd', title: 'odd', version: '', failure: { ...fail('recipe.invalid', 'line 3 is odd').failure } },
    ],
    health: async (name) => (name === 'toy' ? { dot: 'bad', word: '1 of 3 not well' } : { dot: 'good', word: 'healthy' }),
  };

  it('tells how each deployment stands, and which recipes can not be used and why', async () => {
    const { written } = await hold([[OR_PART, 'q']], contents);
    expect(written).toContain('1. toy: Toy, a thing to play with 1.0.0, installed, 1 of 3 not well\n');
    expect(written).toContain('2. cloud: Toy, a thing to play with 1.0.0, stopped: a step failed\n');
    expect(written).toContain('4. attic: An attic. Nothing behind it.\n');
    expect(written).toContain('5. odd: can not be used: line 3 is odd\n');
  });

  it('is chosen from by number, by name and by a part that only one has; of several it names them again', async () => {
    const { written } = await hold(
      [
        [OR_PART, '9'],
        ['There is no "9" in the list.', 'nowhere'],
        ['There is no "nowhere" in the list.', 'toy'],
        [/2 of the list go by that; type the number:\nDeployments:\n1\. toy: .*\nRecipes:\n3\. toy: /, 'atti'],
        ['An attic (attic 1.0.0)', 'back'],
        ['Fairlead:', '2'],
        ['cloud, Toy', 'back'],
        ['Fairlead:', 'quit'],
      ],
      contents,
    );
    expect(written).not.toContain('not foresee');
  });

  it('says what may be typed at ?, and ends with the input', async () => {
    const { written } = await hold([
      [OR_PART, '?'],
      ['Nothing is changed before you have said yes to a plan.', CTRL_C],
    ]);
    expect(written.endsWith('\n')).toBe(true);
  });

  it('is told although what fails to say how well it is takes its time or fails', async () => {
    vi.useFakeTimers();
    try {
      const health = (name: string) =>
        name === 'cloud' ? new Promise<never>(() => undefined) : Promise.reject(fail('docker.gone', 'no engine'));
      const held = hold([[OR_PART, 'q']], { ...contents, deployments: [deskDeployment('toy'), deskDeployment('cloud')], health });
      await vi.advanceTimersByTimeAsync(5_000);
      const { written } = await held;
      expect(written).toMatch(/1\. toy: .*, no engine\n2\. cloud: .*, health not known yet\n/);
    } finally {
      vi.useRealTimers();
    }
  });

  it('ends in an error where it can not be had', async () => {
    const desk = createFakeDesk();
    const operator = createScriptedOperator([]);
    const catalogue = { ...desk.catalogue, deployments: () => Promise.reject(fail('state.unreadable', 'no folder')) };
    await expect(holdDialogue({ ...desk, catalogue }, operator.terminal)).rejects.toThrow('no folder');
  });
});

describe('a deployment', () => {
  it('whose run stopped is resumed, or given up after a yes', async () => {
    const first = await hold(
      [
        [OR_PART, 'cloud'],
        [/stopped: a step failed\.\n1\. resume: .*\n2\. change: .*\n3\. give-up: /, '1'],
        ['All is well.', 'q'],
      ],
      { deployments: [stopped] },
    );
    expect(first.did).toEqual(['resume run-7']);
    const second = await hold(
      [
        [OR_PART, 'cloud'],
        ['3. give-up', 'give'],
        ['Give it up? Type yes or no: ', 'no'],
        ['3. give-up', 'give-up'],
        ['Give it up? Type yes or no: ', 'yes'],
        ['All is well.', 'q'],
      ],
      { deployments: [stopped] },
    );
    expect(second.did).toEqual(['abandon run-7']);
  });

  it('whose run stopped goes on with other inputs, without a plan of its own', async () => {
    const held = await hold(
      [
        [OR_PART, 'cloud'],
        ['2. change', 'change'],
        [/1\. Port on this host: 8077\n[\s\S]*go on with the run|number to change/, '3'],
        ['e-mail', 'me@lan.example'],
        [SUMMARY, '5'],
        ['keep the one that it has', ''],
        [/3\. .*: me@lan\.example\n[\s\S]*5\. .*: the one that it has\n.*yes to go on with the run/, 'yes'],
        ['All is well.', 'q'],
      ],
      { deployments: [stopped], filled: { password: { text: '', from: 'vault' } } },
    );
    expect(held.asked).toEqual([
      { what: 'draft', ref: 'toy', deployment: 'cloud', changes: 'run-7' },
      { what: 'resume', run: 'run-7', typed: { mail: 'me@lan.example' } },
    ]);
  });

  it('whose rotation stopped takes no other inputs', async () => {
    const { written } = await hold(
      [
        [OR_PART, 'cloud'],
        ['1. resume', 'q'],
      ],
      { deployments: [{ ...stopped, unfinished: { ...broken, kind: 'rotate', what: 'rotate key' } }] },
    );
    expect(written).not.toContain('change:');
  });

  it('whose run is under way is only looked at', async () => {
    const held = await hold(
      [
        [OR_PART, 'cloud'],
        [/1\. attach: .*\n2\. recipe/, 'attach'],
        ['All is well.', 'q'],
      ],
      { deployments: [{ ...stopped, standing: 'running' }] },
    );
    expect(held.did).toEqual(['attach run-7']);
    expect(held.written).not.toContain('give-up');
  });

  it('that is installed is run again with the inputs that it has, and its last run can be read', async () => {
    const records = { 'run-7': [] };
    const held = await hold(
      [
        [OR_PART, 'cloud'],
        [/2\. task: .*\n3\. last/, 'last'],
        ['1. again', 'again'],
        [/1\. Port on this host: 7000\n/, 'back'],
        ['keep', 'back'],
        ['none', 'back'],
        ['e-mail', CTRL_C],
        ['Fairlead:', 'q'],
      ],
      {
        deployments: [deskDeployment('cloud', { last: broken })],
        filled: { port: { text: '7000', from: 'earlier-run' }, password: { text: '', from: 'vault' } },
        records,
      },
    );
    expect(held.asked).toEqual([{ what: 'draft', ref: 'toy', deployment: 'cloud' }]);
  });

  it('whose record is damaged says so, and nothing can be done about it here', async () => {
    const failure = fail('journal.damaged', 'Line 3 does not belong there.', { hints: ['Restore it from a backup.'] }).failure;
    const { written } = await hold(
      [
        [OR_PART, 'cloud'],
        [/Line 3 does not belong there\.[\s\S]*Restore it from a backup\.[\s\S]*Type back, /, 'b'],
        [OR_PART, 'q'],
      ],
      { deployments: [{ name: 'cloud', standing: 'damaged', failure }] },
    );
    expect(written).toContain('cloud: its record is damaged.');
  });
});

describe('a recipe whose own deployment can not be run now', () => {
  it('is installed under another name', async () => {
    const held = await hold(
      [
        [OR_PART, 'toy'],
        ['1. install', '1'],
        [/has an unfinished run\.[\s\S]*needs another name than toy\.\nType a name/, 'second'],
        ['Enter for [second]: ', ''],
        ['[8077]', CTRL_C],
        ['Fairlead', 'q'],
      ],
      { refuses: (deployment) => (deployment === 'toy' ? fail('run.unfinished', 'toy has an unfinished run.') : undefined) },
    );
    expect(held.asked.at(-1)).toEqual({ what: 'draft', ref: 'toy', deployment: 'second' });
  });
});

describe('inputs', () => {
  const toInputs: readonly Move[] = [
    [OR_PART, 'toy'],
    ['1. install', '1'],
  ];

  it('say what they are, where else their value is used, and go back one by one', async () => {
    await hold(
      [
        ...toInputs,
        ['[toy]', ''],
        [/Input 1 of 5: Port on this host\n {4}It listens here\.\nUsed by: Write \.env; Start it\.\n/, ''],
        ['Input 2 of 5', 'back'],
        ['Input 1 of 5', '?'],
        [/It listens here\.[\s\S]*Enter alone keeps/, 'back'],
        ['The name of this deployment', 'back'],
        ['1. install', 'q'],
      ],
      { usedBy: { port: ['Write .env', 'Start it'] } },
    );
  });

  it('a name that will not do is asked for again, and another one drafts another deployment', async () => {
    const held = await hold(
      [...toInputs, ['[toy]', 'No Name'], ['can not be the name', 'second'], ['[8077]', CTRL_C], ['Fairlead', 'q']],
      {
        deployments: [],
      },
    );
    expect(held.asked.at(-1)).toEqual({ what: 'draft', ref: 'toy', deployment: 'second' });
  });

  it('of a deployment that is there already says that the name runs it again', async () => {
    await hold(
      [
        [OR_PART, '2'],
        ['1. install', '1'],
        ['toy is there already', CTRL_C],
        ['Fairlead', 'q'],
      ],
      { deployments: [deskDeployment('toy')] },
    );
  });

  it('take a value that is a word of the dialogue behind =, and none for what is optional', async () => {
    const held = await hold([
      ...toInputs,
      ['[toy]', ''],
      ['[8077]', ''],
      ['[small]', 'huge'],
      ['will not do', 'large'],
      ['e-mail', 'me@lan.example'],
      ['Enter for none: ', '=back'],
      ['generate', 'back'],
      ['none, back, ?, or Enter for [back]: ', 'none'],
      ['generate', '2'],
      [/4\. A note: none\n5\. .*: given, not shown\n/, 'yes'],
      ['Do this?', 'q'],
    ]);
    expect(held.asked.at(-1)).toMatchObject({ typed: { size: 'large', note: '', password: 'made-for-password' } });
    expect(held.written).toContain('fairlead secrets get toy password');
  });

  it('take a text of several lines up to a single dot, and yes or no in words', async () => {
    const inputs = [deskInput('motto', 'text'), deskInput('wanted', 'boolean', { default: true })];
    const held = await hold(
      [
        ...toInputs,
        ['[toy]', ''],
        ['a line with a single dot to end it', 'first'],
        ['Next line', '  second'],
        ['Next line', '.'],
        ['Type yes or no, back, ?, or Enter for [yes]: ', 'perhaps'],
        ['"perhaps" will not do. It must be yes or no.', 'n'],
        [/1\. .*: first \/ {3}second\n2\. .*: no\n/, 'yes'],
        ['Do this?', 'q'],
      ],
      { recipes: [deskRecipe({ inputs })] },
    );
    expect(held.asked.at(-1)).toMatchObject({ typed: { motto: 'first\n  second', wanted: 'false' } });
  });

  it('a secret that is typed where it shows is not taken, and two different ones are asked for again', async () => {
    const held = await hold(
      [
        ...toInputs,
        ['[toy]', ''],
        ['generate', 'hunter2'],
        ['none of these', '1'],
        ['nothing of it is shown', 'one'],
        ['once more', 'two'],
        ['two different ones', 'three'],
        ['once more', 'three'],
        [SUMMARY, 'yes'],
        ['Do this?', 'q'],
      ],
      { recipes: [deskRecipe({ inputs: deskRecipe().inputs.filter(({ type }) => type === 'secret') })] },
    );
    expect(held.asked.at(-1)).toMatchObject({ typed: { password: 'three' } });
    for (const secret of ['one\n', 'two\n', 'three']) expect(held.written).not.toContain(secret);
  });

  it('are asked only where they matter, with what was answered so far; the summary has just these', async () => {
    const ways = ['none', 'smtp'];
    const isSent = askedWhere("inputs.mail != 'none'", ({ inputs }) => inputs.mail !== 'none', 'mail');
    const inputs = [
      deskInput('mail', 'choice', { default: 'none', choices: ways, schema: { type: 'string', enum: ways } }),
      deskInput('server', 'string', { when: isSent }),
      deskInput('folder', 'path', { default: '/srv' }),
    ];
    const held = await hold(
      [
        ...toInputs,
        ['[toy]', ''],
        [/Input 1 of 2: The mail\n/, ''],
        [/Input 2 of 2: The folder\n/, 'back'],
        [/Input 1 of 2: The mail\n/, 'smtp'],
        [/Input 2 of 3: The server\n/, 'mail.lan'],
        [/Input 3 of 3: The folder\n/, ''],
        [/1\. The mail: smtp\n2\. The server: mail.lan\n3\. The folder: \/srv\n/, '1'],
        ['[smtp]', 'none'],
        [/1\. The mail: none\n2\. The folder: \/srv\nType yes/, '3'],
        ['That number is not in the list.', '1'],
        ['[none]', 'smtp'],
        [/2\. The server: mail.lan\n/, '2'],
        ['[mail.lan]', ''],
        [SUMMARY, 'yes'],
        ['Do this?', 'q'],
      ],
      { recipes: [deskRecipe({ inputs })] },
    );
    expect(held.asked.at(-1)).toMatchObject({ typed: { mail: 'smtp', server: 'mail.lan' } });
  });

  it('that are asked for since the summary and have no value keep the plan back', async () => {
    const isWanted = askedWhere('inputs.wanted', ({ inputs }) => inputs.wanted === true, 'wanted');
    const inputs = [deskInput('wanted', 'boolean', { default: false }), deskInput('motto', 'string', { when: isWanted })];
    await hold(
      [
        ...toInputs,
        ['[toy]', ''],
        ['[no]', ''],
        [SUMMARY, '1'],
        ['[no]', 'yes'],
        [/2\. The motto: none\. It will not do: it needs a value\n/, 'yes'],
        ['Number 2 will not do yet.', '2'],
        ['a line of text', 'Be kind'],
        [SUMMARY, 'yes'],
        ['Do this?', 'q'],
      ],
      { recipes: [deskRecipe({ inputs })] },
    );
  });

  it('that will not do yet keep the plan back and say which', async () => {
    await hold(
      [
        [OR_PART, 'cloud'],
        ['change', 'change'],
        [/3\. .*: none\. It will not do: it needs a value\n/, 'yes'],
        ['Number 3 will not do yet.', 'q'],
      ],
      { deployments: [stopped] },
    );
  });

  it('of a recipe without any still let the deployment be named', async () => {
    await hold(
      [
        ...toInputs,
        ['[toy]', ''],
        [/It asks for nothing\.\n.*0 to change the name/, '0'],
        ['[toy]', 'other'],
        ['used for other', 'q'],
      ],
      {
        recipes: [deskRecipe({ inputs: [] })],
      },
    );
  });
});

describe('the plan', () => {
  const bare = deskRecipe({ inputs: [] });
  const toPlan: readonly Move[] = [
    [OR_PART, 'toy'],
    ['1. install', '1'],
    ['[toy]', ''],
    [SUMMARY, 'yes'],
  ];

  it('shows the details of a step that is asked for by number, and of all', async () => {
    const [first, second] = bare.steps;
    if (first === undefined || second === undefined) throw new Error('The recipe has steps.');
    const { written } = await hold(
      [
        ...toPlan,
        [
          /1\. change: Make its folder; it was edited by hand.*\n2\. known later: Start it; known after: Make its folder\n/,
          'show 1',
        ],
        [/~ \/etc\/x\n {6}-old\n {6}\+new\n/, 'show 3'],
        ['There is no step 3', 'show'],
        ['Type show and the number', 'show all'],
        [/1\. change[\s\S]*2\. known later[\s\S]*Nothing is to be done for it/, 'perhaps'],
        ['Please type yes, no, change', 'change'],
        [SUMMARY, 'q'],
      ],
      {
        recipes: [bare],
        forecast: () => [
          { step: first.id, changes: [{ action: 'update', target: '/etc/x', diff: '-old\n+new' }], drift: true },
          { step: second.id, changes: [], waitsFor: first.id },
        ],
      },
    );
    expect(written).toContain('Plan: 1 to change, 1 known after apply.\n');
  });

  it('that can not be made says why, and leads back to the inputs', async () => {
    const held = await hold([...toPlan, [/Docker is not there\.[\s\S]*What will be used/, 'q']], {
      recipes: [bare],
      forecast: () => {
        throw fail('docker.missing', 'Docker is not there.');
      },
    });
    expect(held.did).toEqual(['draft', 'plan']);
  });

  it('that needs root begins anew as root with what was entered, where the operator says yes', async () => {
    for (const [answer, begun] of [
      ['yes', 1],
      ['no', 0],
    ] as const) {
      const beginAsRoot = vi.fn(async () => undefined);
      const operator = createScriptedOperator([
        ...toPlan,
        [/Step up needs root\.\n[\s\S]*Begin again under sudo/, answer],
        ...(begun === 1 ? [] : ([[/Step up needs root[\s\S]*What will be used/, 'q']] as const)),
      ]);
      const forecast = () => {
        throw fail('host.root-needed', 'Step up needs root.');
      };
      await holdDialogue({ ...createFakeDesk({ recipes: [bare], forecast }), beginAsRoot }, operator.terminal);
      operator.check();
      expect(beginAsRoot).toHaveBeenCalledTimes(begun);
    }
  });

  it('that changes nothing says so', async () => {
    await hold([...toPlan, ['All is as wanted', 'no'], ['Fairlead', 'q']], { recipes: [bare], forecast: () => [] });
  });
});

describe('texts from elsewhere', () => {
  it('never reach the terminal with an escape sequence, on any page', async () => {
    const attacked = deskRecipe({
      title: ATTACK,
      summary: ATTACK,
      inputs: [{ ...deskRecipe().inputs[0], title: ATTACK, explain: ATTACK } as ReturnType<typeof deskRecipe>['inputs'][number]],
    });
    const { written } = await hold(
      [
        [OR_PART, '2'],
        ['1. install', '1'],
        ['[toy]', ''],
        ['[8077]', `a${ATTACK}`],
        ['It must be', ''],
        [SUMMARY, 'yes'],
        ['Do this?', 'show all'],
        ['Do this?', 'no'],
        [OR_PART, '1'],
        ['Type', 'back'],
        [OR_PART, ATTACK],
        ['2 of the list', 'q'],
      ],
      {
        recipes: [attacked],
        deployments: [{ ...stopped, name: `d${ATTACK}`, unfinished: { ...broken, what: ATTACK } }],
        usedBy: { port: [ATTACK] },
        health: async () => ({ dot: 'good', word: ATTACK }),
        forecast: ({ recipe: { steps } }) =>
          steps.map(({ id }) => ({ step: id, changes: [{ action: 'create', target: ATTACK, diff: ATTACK }], notes: [ATTACK] })),
      },
    );
    // What the operator typed is shown by the terminal itself.
    const own = written.replaceAll(`: a${ATTACK}\n`, '').replaceAll(`: ${ATTACK}\n`, '');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: what must not be there
    expect(own).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/);
  });
});
