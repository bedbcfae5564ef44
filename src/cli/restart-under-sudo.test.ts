import { expect, it } from 'vitest';
import type { GivenInputs } from './input-rules.ts';
import { underSudo } from './restart-under-sudo.ts';

const program = ['/usr/bin/node', '/opt/fairlead/main.js'];

it('what sudo would not hand on goes by the environment, and never into its argv', () => {
  const given: GivenInputs = {
    sign: { value: 'open', source: { kind: 'argument' } },
    colour: { value: 'red', source: { kind: 'file', path: 'inputs.yaml' } },
    pin: { value: 'typed-pin', source: { kind: 'terminal' } },
    key: { value: 'read-key', source: { kind: 'descriptor' } },
    port: { value: '8080', source: { kind: 'environment', variable: 'FAIRLEAD_INPUT_PORT' } },
  };
  const typed = [
    'run',
    'shop',
    '--input',
    'sign=open',
    '--input-fd',
    'key=3',
    '--inputs',
    'inputs.yaml',
    '--input-fd=key=3',
    '--yes',
  ];
  expect(underSudo(program, typed, given)).toEqual({
    argv: [
      '--preserve-env=FAIRLEAD_INPUT_PIN,FAIRLEAD_INPUT_KEY,FAIRLEAD_INPUT_PORT',
      '--',
      ...program,
      'run',
      'shop',
      '--input',
      'sign=open',
      '--inputs',
      'inputs.yaml',
      '--yes',
    ],
    environment: { FAIRLEAD_INPUT_PIN: 'typed-pin', FAIRLEAD_INPUT_KEY: 'read-key', FAIRLEAD_INPUT_PORT: '8080' },
  });
});

it('where nothing has to be handed on, sudo is asked for nothing unusual', () => {
  expect(underSudo(program, ['run', 'shop'], {}).argv).toEqual(['--', ...program, 'run', 'shop']);
});
