import { expect, test } from 'vitest';
import type { StepId } from '../../../model/step-id.ts';
import type { PlanShown } from './plan-shown.ts';
import { stepDetail } from './step-detail.ts';

const style = { colour: false, unicode: true };
const detail = (explain: string, columns: number): readonly string[] => {
  const steps = [{ id: 'key', title: 'Write the key', uses: 'host.file', explain }];
  const forecast = { step: 'key' as StepId, changes: [] };
  const plan: PlanShown = { steps, forecast: [forecast], notes: [], actions: [] };
  return stepDetail(plan, forecast, columns, style);
};

test('what explains a step is filled into the columns that there are, wherever its recipe breaks the lines', () => {
  const text = detail(`${'It is a word. '.repeat(9).trim()}\nIt goes on\nhere.\n`, 40).join('\n');
  const paragraph = text.split('\n\n')[1]?.split('\n') ?? [];
  expect(paragraph.at(-1)).toMatch(/It goes on here\.$/);
  for (const line of paragraph.slice(0, -1)) expect(line.length).toBeGreaterThan(40 - 10);
  for (const line of paragraph) expect(line.length).toBeLessThanOrEqual(40);
});

test('its paragraphs and lists stay such', () => {
  const text = detail('Never change it.\n\n- one\n- two\n', 40).join('\n');
  expect(text).toContain('\n\nNever change it.\n\n• one\n• two\n\n');
});
