import { expect, it } from 'vitest';
import type { StepForecast } from '../model/events.ts';
import type { StepId } from '../model/step-id.ts';
import { differencesIn } from './plan-command.ts';

const isDifference = (step: StepForecast): boolean => differencesIn([step]).length > 0;
const check = { action: 'check', target: 'https://cloud.lan/', after: 'HTTP 200' } as const;

it('a check that sees something else than is wanted is a difference, and so is one that has seen nothing yet', () => {
  expect(isDifference({ step: 'api' as StepId, changes: [{ ...check, before: 'HTTP 502' }] })).toBe(true);
  expect(isDifference({ step: 'log' as StepId, changes: [check] })).toBe(true);
});

it('a check that nobody looked at, since only a run may send its secret, is none', () => {
  expect(isDifference({ step: 'api' as StepId, changes: [{ ...check, before: null }] })).toBe(false);
});

it('what has changed, and what waits for another step, is a difference', () => {
  expect(isDifference({ step: 'env' as StepId, changes: [{ action: 'update', target: '.env', before: null, after: 'x' }] })).toBe(
    true,
  );
  expect(isDifference({ step: 'up' as StepId, changes: [], waitsFor: 'docker' as StepId })).toBe(true);
  expect(isDifference({ step: 'up' as StepId, changes: [] })).toBe(false);
});

it('a program that only reads is none, since a plan does not ask it; nor is what waits for what it will say', () => {
  const list: StepForecast = { step: 'list' as StepId, changes: [{ action: 'read', target: 'ls' }] };
  const next: StepForecast = { step: 'next' as StepId, changes: [], waitsFor: list.step };
  const last: StepForecast = { step: 'last' as StepId, changes: [], waitsFor: next.step };
  expect(differencesIn([list, next, last])).toEqual([]);
  const acts: StepForecast = { ...list, changes: [{ action: 'run', target: 'make' }] };
  expect(differencesIn([acts, next, last])).toEqual([acts, next, last]);
});
