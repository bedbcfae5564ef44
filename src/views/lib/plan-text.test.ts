import { describe, expect, it } from 'vitest';
import type { StepForecast } from '../../model/events.ts';
import type { Change } from '../../model/step.ts';
import type { StepId } from '../../model/step-id.ts';
import { changeLines, planLines, planSummary } from './plan-text.ts';

const style = { colour: false, unicode: true };
const added = (count: number): string => Array.from({ length: count }, (_, index) => `+line ${index + 1}`).join('\n');
const forecast = (step: string, more: Partial<StepForecast> = {}): StepForecast => ({
  step: step as StepId,
  changes: [],
  ...more,
});

describe('changes as lines', () => {
  it('shows the beginning of a new file, and says how much more there is', () => {
    const lines = changeLines({ action: 'create', target: '/etc/x', diff: added(20) }, style);
    expect(lines).toHaveLength(14);
    expect(lines.at(-1)).toBe('      … 8 more lines');
  });

  it('never cuts for the sake of one line, and never cuts what changes in a file', () => {
    expect(changeLines({ action: 'create', target: '/etc/x', diff: added(13) }, style)).toHaveLength(14);
    expect(changeLines({ action: 'update', target: '/etc/x', diff: added(50) }, style)).toHaveLength(51);
  });

  it.each<[Change, string]>([
    [{ action: 'create', target: 'lamp', after: 'lit' }, '    + lamp: lit'],
    [{ action: 'update', target: '/etc/x', property: 'mode', before: '0644', after: '0600' }, '    ~ /etc/x mode: 0644 -> 0600'],
    [{ action: 'update', target: '.env', property: 'KEY', secret: true, before: 'a', after: 'b' }, '    ~ .env KEY: (secret)'],
    [{ action: 'delete', target: '/srv/x', before: { size: 4 } }, '    - /srv/x: was size 4'],
    [{ action: 'run', target: 'restart', because: ['config', 'env'] as StepId[] }, '    > restart because of config, env'],
    [{ action: 'check', target: 'http://x', before: null, after: 'pong' }, '    ? http://x: pong'],
    [{ action: 'check', target: 'http://x', before: 'ping', after: 'pong' }, '    ? http://x: pong, now ping'],
  ])('%o', (change, line) => {
    expect(changeLines(change, style)).toEqual([line]);
  });
});

it('shows of a program of several lines where it begins, and its end with its arguments', () => {
  const target = "sh -c 'set -eu\n\n  a\n  b\n  c\n' sh /srv/x";
  expect(changeLines({ action: 'run', target }, style)).toEqual([
    "    > sh -c 'set -eu",
    '      … 3 more lines',
    "      ' sh /srv/x",
  ]);
  expect(changeLines({ action: 'run', target: "sh -c 'a\nb'" }, style)).toEqual(["    > sh -c 'a", "      b'"]);
});

describe('a plan as lines', () => {
  it('aligns ids and keeps titles, also beside an id that is very long', () => {
    const long = 'an_id_that_is_longer_than_any_column';
    const steps = [forecast('a'), forecast('network'), forecast(long)];
    const titles = new Map([
      ['a', 'Do a'],
      ['network', 'Make the network'],
      [long, 'Do more'],
    ]);
    expect(planLines(steps, titles, style).slice(0, 3)).toEqual([
      `= ${'a'.padEnd(24)}  Do a`,
      `= ${'network'.padEnd(24)}  Make the network`,
      `= ${long}  Do more`,
    ]);
  });

  it('says which data is there that opens only with a secret of long ago', () => {
    const adopts = [
      { secret: 'db_password', path: '/srv/db' },
      { secret: 'key', volume: 'keys', rotates: true as const },
    ];
    expect(planLines([forecast('env', { adopts })], new Map([['env', 'Write it']]), style).slice(0, 3)).toEqual([
      '= env  Write it',
      '    ! /srv/db holds data that opens only with the db_password it was made with, and the vault does not have that: you will be asked (adopt, wipe)',
      '    ! The volume keys holds data that opens only with the key it was made with, and the vault does not have that: you will be asked (adopt, rotate, wipe)',
    ]);
  });

  it('counts every step once, under its weightiest change', () => {
    const steps = [
      forecast('a', {
        changes: [
          { action: 'run', target: 'x' },
          { action: 'delete', target: 'y' },
        ],
      }),
      forecast('b', { waitsFor: 'a' as StepId }),
      forecast('c', { skipped: true }),
      forecast('d'),
    ];
    expect(planSummary(steps)).toBe('Plan: 1 to delete (-), 1 known after apply (*), 1 as wanted (=), 1 skipped.');
    expect(planSummary([])).toBe('Plan: nothing to do.');
  });

  it('keeps the counts within 80 columns, broken between two of them', () => {
    const actions: Change['action'][] = ['create', 'update', 'delete', 'run', 'check'];
    const steps = [
      ...actions.map((action) => forecast(action, { changes: [{ action, target: 'x' }] })),
      forecast('later', { waitsFor: 'run' as StepId }),
      forecast('same'),
    ];
    expect(planLines(steps, new Map(), style).slice(-2)).toEqual([
      'Plan: 1 to create (+), 1 to change (~), 1 to delete (-), 1 to run (>),',
      '      1 to wait for (?), 1 known after apply (*), 1 as wanted (=).',
    ]);
  });
});
