import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { ansibleContender } from './ansible-contender.ts';
import { bashContender } from './bash-contender.ts';
import { fairleadContender } from './fairlead-contender.ts';
import { median, rowsOf, type Sample, tableOf } from './report.ts';
import { requireSameEnd } from './rounds.ts';
import { filledIn, makeWorkload, type WorkloadName } from './workload.ts';

const workload = (name: WorkloadName, scale?: number) => makeWorkload(name, '/var/tmp/nowhere', 'flb-test', scale);

const sample = (part: Partial<Sample>): Sample => ({
  workload: 'W1',
  contender: 'bash',
  phase: 'cold',
  round: 1,
  seconds: 1,
  peakMegabytes: 10,
  code: 0,
  ...part,
});

describe('a workload', () => {
  it('W1 has a hundred steps of the promised kinds, W2 ten times as many of each', () => {
    const count = (name: WorkloadName) =>
      Object.fromEntries(
        Object.entries(Object.groupBy(workload(name).tasks, ({ kind }) => kind)).map(([k, v]) => [k, v?.length]),
      );
    const W1 = { directory: 20, file: 40, key: 20, line: 10, group: 1, user: 1, tree: 8 };
    expect(count('W1')).toEqual(W1);
    expect(count('W2')).toEqual(Object.fromEntries(Object.entries(W1).map(([kind, number]) => [kind, number * 10])));
    const files = [...workload('W1').before.files.keys()].filter((path) => path.includes('/tree'));
    expect(files).toHaveLength(8 * 50);
  });

  it('keeps a step of every kind however much it is shrunk, and each step has its own id', () => {
    for (const made of [workload('W1', 0.001), workload('W2')]) {
      expect(new Set(made.tasks.map(({ kind }) => kind)).size).toBe(7);
      expect(new Set(made.tasks.map(({ id }) => id)).size).toBe(made.tasks.length);
    }
  });

  it('keeps to its target folder and to account names that useradd takes', () => {
    const { tasks, users, groups, before, target } = makeWorkload('W2', '/var/tmp/nowhere', 'flb-01234567');
    for (const task of tasks) if ('path' in task) expect(task.path.startsWith(`${target}/`)).toBe(true);
    for (const path of [...before.folders, ...before.files.keys()]) expect(path.startsWith(target)).toBe(true);
    for (const name of [...users, ...groups]) expect(name).toMatch(/^[a-z][a-z0-9-]{0,30}$/);
  });
});

describe('the contenders', () => {
  it('are all told the same steps, in the same order', () => {
    const made = workload('W1');
    const ids = made.tasks.map(({ id }) => id);
    const recipe = parse(fairleadContender.files(made).get('recipe/recipe.yaml') ?? '');
    expect(recipe.steps.map(({ id }: { id: string }) => id)).toEqual(ids);
    const [play] = parse(ansibleContender.files(made).get('playbook.yaml') ?? '');
    expect(play.tasks.map(({ name }: { name: string }) => name)).toEqual(ids.map((id) => `Step ${id}`));
    const script = bashContender.files(made).get('install.sh') ?? '';
    const calls = script.slice(script.indexOf('\nport=')).split('\n').slice(2).filter(Boolean);
    expect(calls.map((call) => call.split(' ')[0])).toEqual(made.tasks.map(({ kind }) => kind));
  });

  it('fill in the same templates: none leaves a mark of its own in the text', () => {
    const made = workload('W1', 0.1);
    expect(filledIn(made, 't2.conf')).toContain('host: bench.example.lan\n  port: 8443\n');
    expect(filledIn(made, 't2.conf')).not.toContain('@');
    expect(fairleadContender.files(made).get('recipe/files/t2.conf')).toContain('host: ${{ inputs.name }}.example.lan');
    expect(bashContender.files(made).get('templates/t2.conf')).toContain('host: @name@.example.lan');
    expect(ansibleContender.files(made).get('templates/t2.conf.j2')).toContain('host: {{ bench_name }}.example.lan');
  });

  it('the bash script is one that bash understands', () => {
    const script = bashContender.files(workload('W1')).get('install.sh') ?? '';
    expect(spawnSync('bash', ['-n'], { input: script, encoding: 'utf8' })).toMatchObject({ status: 0, stderr: '' });
  });

  it('that left different things behind end the benchmark, with what differs', () => {
    expect(() => requireSameEnd(bashContender, ['a', 'b'], fairleadContender, ['b', 'a'])).not.toThrow();
    expect(() => requireSameEnd(bashContender, ['a', 'b'], fairleadContender, ['a', 'c'])).toThrow(
      expect.objectContaining({
        failure: expect.objectContaining({ code: 'bench.ends-differ', evidence: { tail: ['bash: b', 'fairlead: c'] } }),
      }),
    );
  });
});

describe('the report', () => {
  it('takes the middle one of an odd number, and the mean of the middle two of an even one', () => {
    expect(median([9, 1, 5])).toBe(5);
    expect(median([4, 1, 9, 2])).toBe(3);
    expect(median([])).toBeNaN();
  });

  it('holds the median of fairlead against that of bash, and says whether the goal is met', () => {
    const rounds = (contender: Sample['contender'], all: readonly number[]) =>
      all.map((seconds, index) => sample({ contender, seconds, round: index + 1 }));
    const again = [sample({ phase: 'again' }), sample({ phase: 'again', contender: 'fairlead', seconds: 1.6 })];
    const rows = rowsOf([...rounds('bash', [1, 2, 30]), ...rounds('fairlead', [20, 2, 1]), ...again]);
    expect(rows).toMatchObject([
      { phase: 'cold', contender: 'bash', seconds: 2, range: [1, 30], ratio: 1 },
      { phase: 'cold', contender: 'fairlead', seconds: 2, range: [1, 20], ratio: 1, goal: { ratio: 1, met: true } },
      { phase: 'again', contender: 'bash', ratio: 1 },
      { phase: 'again', contender: 'fairlead', ratio: 1.6, goal: { ratio: 1.5, met: false } },
    ]);
    expect(rows[0]).not.toHaveProperty('goal');
  });

  it('is a table whose columns stand below each other', () => {
    const rows = rowsOf([
      sample({ phase: 'plan', seconds: 0.5, peakMegabytes: 4 }),
      sample({ phase: 'plan', seconds: 0.25, contender: 'fairlead', peakMegabytes: 99.6 }),
      sample({}),
    ]);
    expect(tableOf(rows)).toBe(
      [
        '                    seconds   from     to  /bash   MB  rounds  goal',
        'W1  plan  bash        0.500  0.500  0.500   1.00    4       1',
        '          fairlead    0.250  0.250  0.250   0.50  100       1  <= 1 met',
        '    cold  bash        1.000  1.000  1.000   1.00   10       1',
      ].join('\n'),
    );
  });
});
