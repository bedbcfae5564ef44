import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type Identity, identityText } from '../adapters/vault/identity.ts';
import { type KeyHome, keyHomes } from '../adapters/vault/identity-store.ts';
import { createPrivate } from '../adapters/vault/private-file.ts';
import { readSavedKey, restoreVault } from '../adapters/vault/restore-vault.ts';
import { acquireLock } from '../journal/lock.ts';
import { exitCodes, fail } from '../model/failure.ts';
import { foldLines } from '../views/lib/fold-line.ts';
import { printJson } from './output.ts';
import { refuseLostKey } from './refuse-lost-key.ts';
import type { Session } from './session.ts';

const HOME_WORDS: Readonly<Record<KeyHome, string>> = {
  file: 'in a file that only its owner can read',
  passphrase: 'in a file, under a passphrase',
  keyring: 'in the keyring of the operating system',
};

/** `fairlead secrets key`: where the key to the vaults lies, and its public half. */
export async function showKey(session: Session): Promise<number> {
  const keys = await session.keys();
  const homes = await keys.inUse();
  const identity = await needKey(session);
  if (session.console.json) {
    printJson(session.console, {
      publicKey: identity.recipient,
      homes: homes.map(({ home, file }) => ({ home, file })),
    });
  } else {
    say(session, [
      ...homes.map(({ home, file }) => `The key lies ${HOME_WORDS[home]}: ${file}`),
      `Its public key: ${identity.recipient}`,
    ]);
  }
  return exitCodes.done;
}

/** `fairlead secrets keep-key HOME`: moves the key, or makes one there where there is none yet. */
export async function keepKey(to: string, session: Session): Promise<number> {
  const home = keyHomes.find((known) => known === to);
  if (home === undefined) {
    throw fail('usage.unknown-home', `A key can't be kept in ${JSON.stringify(to)}.`, {
      hints: [`It can be kept in: ${keyHomes.join(', ')}.`],
    });
  }
  await refuseLostKey(session);
  const keys = await session.keys();
  // Two moves at once would each clear what the other has just written.
  const lock = await acquireLock(join(session.folder.dir, 'identity.lock'), { what: `fairlead secrets keep-key ${home}` });
  const { identity, left } = await keys.move(home).finally(() => lock.release());
  const file = (await keys.inUse()).find((store) => store.home === home)?.file ?? '';
  if (session.console.json) printJson(session.console, { publicKey: identity.recipient, home, file, left });
  else {
    say(session, [
      `The key lies ${HOME_WORDS[home]} now: ${file}`,
      ...left.map((old) => `It is no longer in ${old}`),
      ...(home === 'file'
        ? []
        : [
            'Keep a copy where only you can read it: without the key the secrets are lost. fairlead secrets export-key --to FILE',
          ]),
    ]);
  }
  return exitCodes.done;
}

/** `fairlead secrets export-key`: the key itself, at a terminal, where `--reveal` asks for it, or into a new file. */
export async function exportKey(options: { readonly to?: string; readonly reveal: boolean }, session: Session): Promise<number> {
  const to = options.to === undefined ? undefined : resolve(options.to);
  if (to !== undefined && existsSync(to)) throw fileThere(to);
  if (to === undefined && !options.reveal && process.stdout.isTTY !== true) {
    throw fail('secret.not-revealed', 'The key to the secrets is printed at a terminal only.', {
      hints: ['Write it to a new file that only you can read: --to FILE.', 'Add --reveal to print it here all the same.'],
    });
  }
  const identity = await needKey(session);
  if (to === undefined) {
    if (session.console.json) printJson(session.console, { publicKey: identity.recipient, key: identity.secret });
    else session.console.out(identityText(identity));
    return exitCodes.done;
  }
  if (!(await createPrivate(to, identityText(identity), 'The copy of the key'))) throw fileThere(to);
  if (session.console.json) printJson(session.console, { publicKey: identity.recipient, file: to });
  else say(session, [`The key is in ${to}, plain: whoever reads that file and a vault reads all secrets in it.`]);
  return exitCodes.done;
}

/** `fairlead secrets restore DEPLOYMENT VAULT-FILE --key KEY-FILE`: a saved vault becomes the deployment's. */
export async function restoreDeploymentVault(
  deployment: string,
  options: { readonly vault: string; readonly key: string },
  session: Session,
): Promise<number> {
  const { vault } = session.folder.deployment(deployment);
  await refuseLostKey(session);
  const keyFile = resolve(options.key);
  const identity = (): Promise<Identity> =>
    readSavedKey(keyFile, () => session.passphrases.ask({ file: keyFile, fresh: false, whose: 'given' }));
  const key = await session.keys();
  const { names, recipient } = await restoreVault({ from: resolve(options.vault), identity, to: vault, key });
  if (session.console.json) printJson(session.console, { deployment, vault, publicKey: recipient, names });
  else {
    const count = names.length === 1 ? '1 secret' : `${names.length} secrets`;
    say(session, [
      `The vault of ${deployment} is restored, with ${count}: ${vault}`,
      `The key of this machine opens it: ${recipient}`,
      `A run uses these secrets: fairlead run RECIPE --name ${deployment}`,
    ]);
  }
  return exitCodes.done;
}

function say({ console }: Session, lines: readonly string[]): void {
  console.out(`${foldLines(lines, console.columns()).join('\n')}\n`);
}

async function needKey(session: Session): Promise<Identity> {
  await refuseLostKey(session);
  const identity = await (await session.keys()).read();
  if (identity !== undefined) return identity;
  throw fail('vault.no-key', 'There is no key to secrets yet.', {
    hints: ['The first run that makes a secret makes it; or make it now, where you want it: `fairlead secrets keep-key HOME`.'],
  });
}

function fileThere(file: string): Error {
  return fail('vault.export-there', `There is a file ${file} already, and it stays.`, {
    hints: ['Name a new file.'],
  });
}
