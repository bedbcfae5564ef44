import { expect, it } from 'vitest';
import { deskInput } from '../../testing/fake-desk.ts';
import { deferred, toyRecipe } from '../../testing/toy-run.ts';
import { sampleText } from './sample-text.ts';

const recipe = toyRecipe([], {
  inputs: [deskInput('port', 'port', { default: 8077 }), deskInput('host', 'hostname')],
});

it('has the defaults of inputs, and says by name what comes later', () => {
  const text = deferred(
    ({ inputs, steps, needs, secrets, deployment, recipe: { version } }) =>
      [inputs.port, inputs.host, steps.up?.id, needs.db?.url, secrets.key, deployment.name, version].join(' '),
    [
      { root: 'steps', name: 'up', field: 'id' },
      { root: 'needs', name: 'db', field: 'url' },
      { root: 'secrets', name: 'key' },
    ],
  );
  expect(sampleText(text, recipe)).toBe('8077 <host> <up.id> <db.url> <key> toy 1.0.0');
});

it('is nothing where it can not be told beforehand', () => {
  const broken = deferred<string>(() => {
    throw new Error('not yet');
  });
  expect(sampleText(broken, recipe)).toBeUndefined();
  expect(sampleText(deferred({ a: 1 }), recipe)).toBeUndefined();
});
