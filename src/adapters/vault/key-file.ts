import { type Identity, identityText, makeIdentity, parseIdentity } from './identity.ts';
import { anotherKeyIn, type IdentityStore, type KeySource } from './identity-store.ts';
import { createPrivate, readPrivate, removePrivate } from './private-file.ts';

const WHAT = 'The key to the secrets';

/**
 * The key in a file of its own (0600), in age's own format. Reading throws `vault.identity-exposed` where others may read
 * it, `vault.identity-damaged` where no key is in it, `vault.unreadable`.
 */
export function createKeyFile(file: string): IdentityStore & KeySource {
  const read = async (): Promise<Identity | undefined> => {
    const bytes = await readPrivate(file);
    return bytes === undefined ? undefined : parseIdentity(Buffer.from(bytes).toString('utf8'), file);
  };
  return {
    home: 'file',
    file,
    place: file,
    read,
    async write(identity) {
      await createPrivate(file, identityText(identity), WHAT);
      if ((await read())?.secret !== identity.secret) throw anotherKeyIn(file);
    },
    async remove(identity) {
      const found = await read();
      if (found !== undefined && found.secret !== identity.secret) throw anotherKeyIn(file);
      await removePrivate(file, WHAT);
    },
    async create() {
      const identity = await makeIdentity();
      await createPrivate(file, identityText(identity), WHAT);
      return (await read()) ?? identity;
    },
  };
}
