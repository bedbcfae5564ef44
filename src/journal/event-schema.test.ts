import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type EventType, eventFields } from '../model/events.ts';
import { arbitraryEvent } from '../testing/arbitrary-events.ts';
import { journalSchema, schemaAgreesWithModel } from './event-schema.ts';
import { encodeLine, FIRST_PREV } from './journal-line.ts';

const validate = new Ajv2020({ strict: false }).compile(journalSchema());
const types = Object.keys(eventFields) as EventType[];
const place = { seq: 1, at: '2026-11-22T19:55:30.123Z', prev: FIRST_PREV };

describe.each(types)('%s', (type) => {
  it('every line of it is valid', () => {
    fc.assert(
      fc.property(arbitraryEvent(type), (body) => {
        expect(validate(encodeLine(body, place).event), JSON.stringify(validate.errors)).toBe(true);
      }),
      { numRuns: 30 },
    );
  });

  it('a line of it without one of its required fields is not', () => {
    const [body] = fc.sample(arbitraryEvent(type), { numRuns: 1, seed: 7 });
    const { event } = encodeLine(body as never, place);
    const schema = (journalSchema() as { oneOf: { title: string; required: string[] }[] }).oneOf.find(
      (one) => one.title === type,
    );
    for (const field of schema?.required ?? []) {
      const { [field]: _, ...rest } = event as unknown as Record<string, unknown>;
      expect(validate(rest), field).toBe(false);
    }
  });

  it('the schema describes it, and agrees with the model as far as types can tell', () => {
    const schema = (journalSchema() as { oneOf: { title: string; description: string }[] }).oneOf.find(
      (one) => one.title === type,
    );
    expect(schema?.description).toMatch(/\.$/);
    expect(schemaAgreesWithModel[type]).toEqual([true, true, true]);
  });
});

it('the schema has an id, a title and a description, and is plain data', () => {
  const schema = journalSchema();
  expect(schema).toMatchObject({ $id: expect.any(String), title: expect.any(String), description: expect.any(String) });
  expect(JSON.parse(JSON.stringify(schema))).toEqual(schema);
});

it('a misspelt outcome is refused', () => {
  const [body] = fc.sample(arbitraryEvent('step.finished'), { numRuns: 1, seed: 7 });
  const { event } = encodeLine(body as never, place);
  expect(validate({ ...event, outcome: 'fine' })).toBe(false);
});
