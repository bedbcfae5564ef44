// biome-ignore-all lint/suspicious/noControlCharactersInRegex: what reaches a terminal is what this file is about
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createJournal } from '../journal/journal-file.ts';
import type { EventOf } from '../model/events.ts';
import type { FeedItem } from '../model/feed.ts';
import type { StepId } from '../model/step-id.ts';
import type { Style } from '../views/lib/style.ts';
import { agree, attackRecipe, installRecipe, type Life, type Lived, live } from './fixtures/toy-story.ts';
import { createToyWorld, deferred, type ToyWorld, toyRecipe, toyStep } from './toy-run.ts';
import { feedOf, type OpenView, openInProcess, type Typist, type ViewSettings } from './view-doors.ts';

const ASCII: Style = { colour: false, unicode: false };
const UNICODE: Style = { colour: false, unicode: true };
const COLOUR: Style = { colour: true, unicode: true };
const TEXT: ViewSettings = { view: 'text', style: ASCII, overwrites: false, attended: false };
const AT_KEYBOARD: ViewSettings = { ...TEXT, attended: true };
/** What a test may wait for when the machine is busy with other things. */
const TIME = 30_000;

/** Everything that a run of the toy world can show, recorded from runs that did happen. */
const stories = {
  install: () => live({ recipe: installRecipe(), world: usedWorld(), answer: agree }),
  again: async () => {
    const world = usedWorld();
    const first = await live({ recipe: installRecipe(), world, answer: agree });
    return live({ recipe: installRecipe(), world, last: first.state, answer: agree });
  },
  resumed: async () => {
    const { world, dead } = await diedInRegister();
    return live({ recipe: installRecipe(), world, past: dead.events, answer: agree });
  },
  alone: () => live({ recipe: installRecipe(), world: usedWorld(), standing: { approvePlan: true } }),
  failed: () => live({ recipe: failingRecipe(), world: createToyWorld(), answer: agree }),
  left: () =>
    live({
      recipe: failingRecipe(),
      world: createToyWorld(),
      standing: { approvePlan: true },
      options: { onFailure: 'skip' },
    }),
  attack: () => live({ recipe: attackRecipe(), world: createToyWorld(), answer: agree }),
} satisfies Record<string, () => Promise<Lived>>;

/** A world where some of what the install wants is there already. */
function usedWorld(): ToyWorld {
  const world = createToyWorld();
  world.cells.set('/etc/proxy.conf', 'listen 80\nhost toy');
  world.cells.set('/etc/kept', 'welcome');
  return world;
}

async function diedInRegister(): Promise<{ readonly world: ToyWorld; readonly dead: Lived }> {
  const world = usedWorld();
  const dead = await live({ recipe: installRecipe(), world, answer: agree, dies: (where) => where === 'after register' });
  return { world, dead };
}

function failingRecipe() {
  return toyRecipe([
    toyStep('first', 'cell', { name: 'first', value: '1' }, { title: 'Do the first thing' }),
    toyStep('breaks', 'program', { name: 'thing', prints: ['one', 'two'], fails: 'It broke.' }, { title: 'Do what breaks' }),
    toyStep('builds', 'cell', { name: 'builds', value: '1' }, { title: 'Build on it', after: ['breaks' as StepId] }),
    toyStep('free', 'cell', { name: 'free', value: '1' }, { title: 'Do the last thing' }),
  ]);
}

const OLD_VALUE = 'the value of 2019';

/** Its secret keeps a folder. */
function adoptingRecipe() {
  const at = { file: 'recipe.yaml', line: 1, column: 1 };
  const params = deferred({ name: 'env', value: '1' }, [{ root: 'secrets', name: 'password' }]);
  return toyRecipe([toyStep('env', 'cell', params, { title: 'Write the environment' })], {
    secrets: [{ name: 'password', generate: 'hex', keeps: { path: deferred('/srv/db') }, at }],
  });
}

/** Prints a recorded feed; with a control the view is told of the past only what state it left. */
async function printed(open: OpenView, settings: ViewSettings, items: readonly FeedItem[], control = false): Promise<string> {
  const opened = open(settings, () => undefined);
  await opened.view.follow(feedOf(items), control ? { request: () => undefined } : undefined);
  return opened.written();
}

interface Attended extends Lived {
  readonly written: string;
  /** What stood before each line that was typed. */
  readonly prompts: readonly string[];
}

/** A run whose operator sits at the view and types these lines; then the input ends. */
async function attend(open: OpenView, life: Omit<Life, 'view'>, typed: readonly string[], onType?: Typist): Promise<Attended> {
  const prompts: string[] = [];
  const left = [...typed];
  const opened = open(AT_KEYBOARD, (prompt) => {
    onType?.(prompt);
    prompts.push(prompt);
    return left.shift();
  });
  const lived = await live({ ...life, view: opened.view });
  return { ...lived, written: opened.written(), prompts };
}

/** What is left on the screen once what was drawn over is gone. */
function screenOf(written: string): string {
  return written.replaceAll(/[^\n\r]*\r\u001b\[K/g, '');
}

/** The steps' ends that a text shows: title → outcome, in order. */
function endsIn(text: string): readonly string[] {
  return [...text.matchAll(/^ *\d+\/\d+ (?:ok|\+-|x|-) +(ok|changed|skipped|failed) +(.+?)(?: {2}.*)?$/gm)].map(
    ([, outcome, title]) => `${outcome} ${title}`,
  );
}

function endsOf({ events, state }: Lived): readonly string[] {
  return events
    .filter((event): event is EventOf<'step.finished'> => event.type === 'step.finished')
    .map((event) => `${event.outcome} ${state.steps.get(event.step)?.title}`);
}

/** Laws of every view, wherever it runs. */
export function viewLaws(name: string, open: OpenView): void {
  describe(`a view ${name}`, { timeout: TIME }, () => {
    describe('prints', () => {
      for (const [story, lived] of Object.entries(stories)) {
        it(`the same bytes as any other for the story "${story}"`, async () => {
          const { items } = await lived();
          const control = story === 'resumed' || story === 'alone';
          const style = story === 'install' ? COLOUR : story === 'attack' ? UNICODE : ASCII;
          const text = await printed(open, { ...TEXT, style }, items, control);
          expect(text).toBe(await printed(openInProcess, { ...TEXT, style }, items, control));
          expect(text).not.toBe('');
        });
      }

      it('the end of every step exactly once and in order', async () => {
        for (const story of [stories.install, stories.failed, stories.left]) {
          const lived = await story();
          expect(endsIn(await printed(open, TEXT, lived.items))).toEqual(endsOf(lived));
        }
      });

      it('how much the plan will do, and what was done in the end', async () => {
        const text = await printed(open, TEXT, (await stories.install()).items);
        expect(text.replaceAll(/\n {6}(?=\d)/g, ' ')).toContain(
          'Plan: 4 to create (+), 1 to change (~), 4 to run (>), 1 to wait for (?), 1 known after apply (*), 1 as wanted (=), 1 skipped.\n',
        );
        expect(text).toMatch(/^Done in 1 m \d\d s: 2 ok, 10 changed, 1 skipped\.$/m);
        expect(text).toContain('\nOpen https://toy.lan.\n\nLog in as **keeper**.\n');
      });

      it('of a failure the command, its exit code, the end of its output, what to try, and the code', async () => {
        const text = await printed(open, TEXT, (await stories.failed()).items);
        expect(text).toContain(
          [
            '2/4 x failed   Do what breaks  3 s',
            '    | It broke.',
            "    | command: /bin/sh -c 'run thing'",
            '    | exit code: 7',
            '    | the end of its output:',
            '    |   one',
            '    |   two',
            '    -> Mend it, then run `fairlead resume`.',
            '    -> Or look at thing by hand.',
            '    (host.command-failed)',
            '',
          ].join('\n'),
        );
        expect(text).toMatch(
          /Stopped: a step failed\. 1 changed, 1 failed, 2 not done\.\nGo on with:\n {4}fairlead resume run-1\n$/,
        );
      });

      it('how to answer, where a question stops a run that nobody attends', async () => {
        const text = await printed(open, TEXT, (await stories.alone()).items, true);
        expect(text).toContain('By hand: Set the DNS name\n    Point **toy.lan** at this host.\n');
        expect(text).toMatch(/\nAnswer with:\n {4}fairlead resume run-1 --ack dns\n$/);
      });

      it('of a resumed run only what happens from now on', async () => {
        const { items } = await stories.resumed();
        const text = await printed(open, TEXT, items, true);
        expect(text).toMatch(
          /^Going on with run run-1, with its recipe as it was then\.\n\? In doubt: Register the first account/,
        );
        expect(endsIn(text)[0]).toBe('changed Register the first account');
        expect(text).not.toContain('Plan:');
      });

      it('with drawing over allowed, in the end the same lines', async () => {
        for (const story of [stories.install, stories.failed]) {
          const { items } = await story();
          const drawn = await printed(open, { ...TEXT, overwrites: true }, items);
          expect(drawn).toContain('\r\u001b[K');
          expect(screenOf(drawn)).toBe(await printed(openInProcess, TEXT, items));
        }
      });
    });

    describe('never sends the terminal', () => {
      it('what recipes, programs and failures would have it do', async () => {
        const { items } = await stories.attack();
        const text = await printed(open, { ...TEXT, style: UNICODE }, items);
        expect(text).toContain('forged');
        expect([...text.matchAll(/[\p{Cc}\u202e]/gu)].filter(([found]) => found !== '\n')).toEqual([]);
        const coloured = await printed(open, { ...TEXT, style: COLOUR }, items);
        expect(coloured.replaceAll(/\u001b\[(?:1|2|22|3[1236]|39)m/g, '')).toBe(text);
      });

      it('colours that are off, characters beyond ASCII where it has none, or cursor codes where nothing is drawn over', async () => {
        for (const story of [stories.install, stories.attack]) {
          expect(await printed(open, TEXT, (await story()).items)).toMatch(/^[\n -~]+$/);
        }
      });
    });

    describe('asks', () => {
      it('each question of a run once, and the answers finish the run', async () => {
        const life = { recipe: installRecipe(), world: usedWorld() };
        const { state, prompts, written } = await attend(open, life, ['yes', 'done', 'old-data']);
        expect(state.status).toBe('ok');
        expect(prompts).toEqual([
          '[yes/no] ',
          'Type done when it is done (Ctrl-D: not now): ',
          'Type old-data to go on (Ctrl-D: not now): ',
        ]);
        expect(written.match(/Do this\?/g)).toHaveLength(1);
        expect(endsIn(written)).toHaveLength(13);
      });

      it('again where the answer is none, and says what it takes', async () => {
        const typed = ['', 'perhaps', 'a', 'YES', 'later', 'done', 'OLD-DATA', 'old-data'];
        const { state, prompts, written } = await attend(open, { recipe: installRecipe(), world: usedWorld() }, typed);
        expect(state.status).toBe('ok');
        expect(prompts).toHaveLength(typed.length);
        expect(written.match(/Please type yes or no; the first letters are enough\./g)).toHaveLength(3);
        expect(written).toContain('That is not the word. It is: old-data\n');
      });

      it('and takes the first letters of an answer where they mean one only', async () => {
        const world = createToyWorld();
        const mend: Typist = (prompt) => {
          if (prompt.startsWith('[retry')) world.cells.set('mended', 'yes');
          return undefined;
        };
        const mended = await attend(open, { recipe: failingRecipe(), world }, ['y', 's', 'r'], mend);
        expect(mended.prompts).toEqual(['[yes/no] ', '[retry/skip/stop] ', '[retry/skip/stop] ']);
        expect(mended.state.status).toBe('ok');
        expect(mended.written).toContain('Do what breaks  3 s, attempt 2\n');
        const left = await attend(open, { recipe: failingRecipe(), world: createToyWorld() }, ['approve', 'sk']);
        expect(endsIn(left.written)).toEqual(endsOf(left));
        expect(left.state).toMatchObject({ status: 'stopped', stopReason: 'failed' });
      });

      it('for an old secret without showing it, and it is neither in the journal nor in what a playback prints', async () => {
        const world = createToyWorld();
        world.host.put('/srv/db/base', { content: 'x' });
        const { state, items, prompts, written } = await attend(open, { recipe: adoptingRecipe(), world }, [
          'y',
          'ad',
          OLD_VALUE,
        ]);
        expect(state.status).toBe('ok');
        expect(prompts.slice(1)).toEqual(['[adopt/wipe/stop] ', 'The old password (not shown; Ctrl-D: not now): ']);
        expect(world.vault.value('password')).toBe(OLD_VALUE);
        const played = await printed(open, TEXT, items);
        expect(played).toContain('> adopt\n');
        expect(played).toContain('> (kept in the vault as password)\n');
        expect(JSON.stringify(items) + written + played).not.toContain(OLD_VALUE);
      });

      it('and a no to the plan gives the run up with nothing done', async () => {
        const world = createToyWorld();
        const { state, written } = await attend(open, { recipe: failingRecipe(), world }, ['n']);
        expect(state.status).toBe('abandoned');
        expect(world.cells.size).toBe(0);
        expect(written).toMatch(/Abandoned: nothing further was done\.\n$/);
      });

      it('and stops the run, resumable, where the input ends', async () => {
        const world = usedWorld();
        const { state } = await attend(open, { recipe: installRecipe(), world }, ['yes']);
        expect(state).toMatchObject({ status: 'stopped', stopReason: 'interrupted' });
        expect(world.acts).toEqual(['pull toy:1.0']);
      });

      it('nothing that an option answers', async () => {
        const life = { recipe: installRecipe(), world: usedWorld(), standing: { approvePlan: true, acknowledged: ['dns'] } };
        const { state, prompts, written } = await attend(open, life, ['old-data']);
        expect(state.status).toBe('ok');
        expect(prompts).toEqual(['Type old-data to go on (Ctrl-D: not now): ']);
        expect(written).toContain('Answered by option (plan): approve\n');
      });

      it('after a crash only what is in doubt and what is to come, nothing of the past', async () => {
        const { world, dead } = await diedInRegister();
        const life = { recipe: installRecipe(), world, past: dead.events };
        const { state, prompts, written } = await attend(open, life, ['ag', 'old-data']);
        expect(state.status).toBe('ok');
        expect(prompts).toEqual(['[again/stop] ', 'Type old-data to go on (Ctrl-D: not now): ']);
        expect(written).not.toContain('Set the DNS name');
      });
    });

    describe('as NDJSON', () => {
      it("prints the journal's bytes and nothing else, also of a run that is gone on with", async () => {
        const folder = await mkdtemp(join(tmpdir(), 'fairlead-view-'));
        try {
          const file = join(folder, 'journal.ndjson');
          const journal = await createJournal(file);
          const ndjson: ViewSettings = { ...TEXT, view: 'ndjson' };
          const recipe = attackRecipe();
          const world = createToyWorld();
          const opened = open(ndjson, () => undefined);
          const first = await live({ recipe, world, journal, view: opened.view, answer: agree });
          const bytes = await readFile(file, 'utf8');
          expect(opened.written()).toBe(bytes);
          const resumed = open(ndjson, () => undefined);
          await live({ recipe, world, journal, past: first.events, view: resumed.view, answer: agree });
          await journal.close();
          expect(resumed.written()).not.toBe('');
          expect(bytes + resumed.written()).toBe(await readFile(file, 'utf8'));
        } finally {
          await rm(folder, { recursive: true, force: true });
        }
      });
    });
  });
}
