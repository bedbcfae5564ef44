import { describe, expect, it } from 'vitest';
import { foreignLine } from './foreign-text.ts';

describe('a line of somebody else’s file', () => {
  it.each([
    ['password: hunter2-value', 'password: •••'],
    ['  DB_PASS="hunter2 value" # old', '  DB_PASS=•••'],
    ['requirepass hunter2-value', 'requirepass •••'],
    ['\thost  = db hunter2-value', '\thost  = •••'],
    ['"mail": "hunter2-value",', '"mail": •••'],
    ['- name: hunter2-value', '- name: •••'],
    ['- hunter2-value', '•••'],
    ['# was hunter2-value', '# •••'],
    ['  // hunter2-value', '  // •••'],
    ['; hunter2-value', '; •••'],
    ['hunter2-value', '•••'],
    ['  hunter2-value', '  •••'],
    ['aHVudGVyMi12YWx1ZQ==', '•••'],
    ['aHVudGVyMi12YWx1ZQ=', '•••'],
    ['{"password":"hunter2-value"}', '•••'],
    ['["hunter2-value"]', '•••'],
    ['-----BEGIN PRIVATE KEY-----', '•••'],
    [`${'hunter2value'.repeat(4)} x`, '•••'],
    ['password: hunter2-value\r', 'password: •••␍'],
  ])('%j is shown as %j', (line, shown) => {
    expect(foreignLine(line)).toBe(shown);
  });

  it.each(['', '[server]', '}', '  });', '---', 'users:', '  ', '],'])('%j is shown as it is: it has no value', (line) => {
    expect(foreignLine(line)).toBe(line);
  });
});
