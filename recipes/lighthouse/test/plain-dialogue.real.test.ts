import { afterEach, beforeEach, expect, it } from 'vitest';
import { openTerminal, type Terminal } from '../../../src/testing/terminal.ts';
import { createLighthouse, type Lighthouse, ledgerOf, removeLighthouse } from './owned-lighthouse.ts';

let lighthouse: Lighthouse;
let terminal: Terminal | undefined;

beforeEach(async () => {
  lighthouse = await createLighthouse({ bare: true });
});
afterEach(async () => {
  await terminal?.hangUp();
  terminal = undefined;
  await removeLighthouse(lighthouse);
});

it('a newcomer at a dumb terminal comes from `fairlead` through inputs and plan to the finish with lines only', {
  timeout: 900_000,
}, async () => {
  const { name, values, fairlead } = lighthouse;
  terminal = openTerminal([], { FAIRLEAD_STATE_DIR: fairlead.stateDir, TERM: 'dumb' });
  const answers: readonly (readonly [reads: string | RegExp, types: string])[] = [
    ['q to quit: ', 'lighthouse'],
    ['1. install', ''],
    ['or ? for help: ', '1'],
    ['Enter for [lighthouse]: ', name],
    ['Enter for [keeper@lighthouse.lan]: ', 'nobody'],
    ['It must be an e-mail address.', ''],
    ['Enter for [keeper@lighthouse.lan]: ', ''],
    ['Enter for [8077]: ', String(values.port)],
    ['Enter for [/srv/lighthouse]: ', values.folder],
    ['Enter for [172.29.77.0/24]: ', values.subnet],
    [`What will be used for ${name}:`, ''],
    ['or q to quit: ', 'yes'],
    [/\n1\. create: Make its group\r?\n/, ''],
    ['Do this? ', 'show 1'],
    [`+ ${name}`, ''],
    ['Do this? ', 'yes'],
  ];
  for (const [reads, types] of answers) {
    await terminal.see(reads);
    // An empty move only reads on; Enter is typed at a prompt.
    if (types !== '' || String(reads).endsWith(']: ')) terminal.type(types);
  }
  await terminal.see('Done in ');
  await terminal.see(`The lighthouse shines at http://127.0.0.1:${values.port}/ping`);
  await terminal.see('The record of this run is kept: fairlead export ');
  await terminal.see('or ? for help: ');
  terminal.type('');
  await terminal.see(new RegExp(`1\\. ${name}: Lighthouse, [\\s\\S]* installed,\\s+healthy`));
  await terminal.see('q to quit: ');
  terminal.type('q');
  expect(await terminal.end()).toBe(0);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: what must not be there
  expect(terminal.written.replaceAll('\r\n', '\n')).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f]/);
  expect(await ledgerOf(lighthouse)).toHaveLength(1);
});
