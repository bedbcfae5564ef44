import { expect, it } from 'vitest';
import { terminalAnswerText } from './terminal-answer-text.ts';

const times = { taken: '2026-11-23T09:08:07.123Z', returned: '2026-11-23T10:00:00.000Z' };

it.each([
  [{ terminal: 'given-back', ...times }, 'answered at its terminal, 09:08:07 to 10:00:00 UTC'],
  [{ terminal: 'left', ...times }, 'its terminal was taken 09:08:07 to 10:00:00 UTC, until whoever had it was gone'],
  [{ terminal: 'program-ended', ...times }, 'its terminal was taken 09:08:07 to 10:00:00 UTC, when the program ended'],
  [{ terminal: 'program-ended' }, 'the program ended by itself'],
  [{ terminal: 'else' }, undefined],
  ['given-back', undefined],
  [null, undefined],
])('%j reads for people', (answer, text) => expect(terminalAnswerText(answer)).toBe(text));
