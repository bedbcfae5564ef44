import { describe, expect, it } from 'vitest';
import { FairleadError } from '../model/failure.ts';
import { secretText } from '../model/secrets.ts';
import { createParamsCheck } from './compile-params.ts';
import { toyTypes } from './toy-step-types.ts';

const check = createParamsCheck(toyTypes);

function messageOf(params: unknown): string {
  try {
    check('toy.file', params);
  } catch (error) {
    if (error instanceof FairleadError && error.failure.code === 'recipe.bad-params') return error.message;
    throw error;
  }
  return 'good';
}

describe('evaluated params', () => {
  it('are good where they meet the schema, with secrets where texts may hold them', () => {
    const copy = { recipeFile: 'files/a', path: '/x/files/a', digest: 'd' };
    expect(messageOf({ path: '/a', content: secretText('k'), template: 'text', copy, env: { A: secretText('k') } })).toBe('good');
  });

  it.each([
    [{ path: 'hunter2' }, '`path` must be text that matches `^/`'],
    [{ content: 'x' }, '`path` is missing'],
    [{ path: '/a', hunter: 2 }, '`hunter` is not known'],
    [{ path: '/a', port: 'hunter2' }, '`port` must be a whole number'],
    [{ path: '/a', port: 99999 }, '`port` must be 65535 or less'],
    [{ path: secretText('k') }, '`path` must be text'],
    [{ path: '/a', content: 5 }, '`content` must be text'],
    [{ path: '/a', env: { A: null } }, '`env.A` must be text'],
    [{ path: '/a', ensure: 'gone' }, '`ensure` must be `present` or `absent`'],
    [{ path: '/a', wait: 'soon' }, '`wait` must be a duration such as `30s` or `1h30m`'],
    [{ path: '/a', copy: 'files/a' }, '`copy` must be a file of the recipe'],
    [{ path: '/a', shape: { kind: 'flat' } }, '`width` is missing in `shape`'],
    [null, 'the whole must be a map'],
  ])('that are not are named, but never shown: %j', (params, message) => {
    expect(messageOf(params)).toBe(`These params of toy.file can't be used: ${message}.`);
    expect(messageOf(params)).not.toContain('hunter2');
  });

  it('of an unknown step type are refused', () => {
    expect(() => check('toy.none', {})).toThrow(/no step type `toy\.none`/);
  });
});
