import { describe, expect, it } from 'vitest';
import type { DeploymentStanding, DeploymentSummary, RunSummary } from '../../model/catalogue.ts';
import type { StopReason } from '../../model/events.ts';
import { beginningText, endText, standingSign, standingText } from './standing-text.ts';

const run = (stopReason?: StopReason): RunSummary => ({
  id: 'r',
  kind: 'converge',
  what: 'toy 1.0.0',
  startedAt: '2026-11-22T14:03:00Z',
  lastAt: '2026-11-22T14:03:00Z',
  ...(stopReason === undefined ? {} : { stopReason }),
});
const deployment = (standing: DeploymentStanding, unfinished?: RunSummary): DeploymentSummary => ({
  name: 'toy',
  standing,
  ...(unfinished === undefined ? {} : { unfinished }),
});
const good = { dot: 'good', word: 'healthy' } as const;
const bad = { dot: 'bad', word: '1 of 3 not well' } as const;
const unknown = { dot: 'unknown', word: '-' } as const;

describe('how a deployment stands', () => {
  it('is told with its health only where it is installed, and that is known', () => {
    expect(standingText(deployment('installed'), good)).toBe('installed, healthy');
    expect(standingText(deployment('installed'), unknown)).toBe('installed');
    expect(standingText(deployment('installed'), undefined)).toBe('installed');
    expect(standingText(deployment('running'), bad)).toBe('running now');
  });

  it('is told with why its run stopped', () => {
    expect(standingText(deployment('stopped', run('failed')), undefined)).toBe('stopped: a step failed');
    expect(standingText(deployment('stopped', run('unreachable')), undefined)).toBe('stopped: host not reachable');
    expect(endText(run('interrupted'))).toContain('stopped');
    expect(endText(run())).toContain('broke off');
  });

  it.each([
    { colour: true, unicode: true },
    { colour: false, unicode: true },
    { colour: false, unicode: false },
  ])('is told apart by its sign alone, not by a colour: %j', (style) => {
    const signs = [
      standingSign(deployment('running'), undefined, style),
      standingSign(deployment('stopped', run('failed')), undefined, style),
      standingSign(deployment('installed'), good, style),
      standingSign(deployment('installed'), bad, style),
      standingSign(deployment('installed'), unknown, style),
      standingSign(deployment('installed'), undefined, style),
      standingSign(deployment('uninstalled'), undefined, style),
    ];
    expect(new Set(signs).size).toBe(signs.length);
  });
});

describe('of a task that did not come to its end', () => {
  const task = { ...run('failed'), kind: 'task', what: 'backup' } as const;

  it('it is said that the task stopped: what is installed stands as it did', () => {
    expect(standingText(deployment('stopped', task), undefined)).toBe('task stopped: a step failed');
    expect(standingText(deployment('broken-off', { ...run(), kind: 'task' }), undefined)).toBe(
      'task broken off: its process died',
    );
  });

  it('and that was given up, nobody is told that it was done', () => {
    expect(beginningText({ ...run(), kind: 'task', what: 'account-delete', abandoned: true })).toBe(
      'account-delete, given up, begun on 2026-11-22 at 14:03 UTC',
    );
  });
});
