/**
 * One call of the operating system's keyring, in a process of its own: a call into a silent secret service can't be given
 * up, and a thread that hangs in one would keep any process from ending.
 *
 * Reads `{"call":"get"|"set"|"delete","service","account","secret"?,"probe"}` from standard input, so that no secret is in
 * its arguments; writes `{"value"?}` or `{"trouble":"absent"|"refused","message"}` to standard output.
 */
import { text } from 'node:stream/consumers';

const request = JSON.parse(await text(process.stdin));
const { service, account } = request;

const answer = (result) => process.stdout.write(`${JSON.stringify(result)}\n`);
const messageOf = (error) => String(error?.message ?? error);

const load = async () => {
  try {
    return (await import('keytar')).default;
  } catch (error) {
    answer({ trouble: 'absent', message: messageOf(error).split('\n')[0] });
    return undefined;
  }
};

/** A locked keyring says that it holds nothing: whether it is open is seen by what it takes, gives back and forgets. */
const probe = async (keytar) => {
  const { account: name, value } = request.probe;
  await keytar.setPassword(service, name, value);
  const given = await keytar.getPassword(service, name);
  const forgotten = await keytar.deletePassword(service, name);
  if (given !== value || !forgotten) throw new Error('the keyring did not give back what was put into it');
};

const calls = {
  async get(keytar) {
    const value = await keytar.getPassword(service, account);
    if (value === null) await probe(keytar);
    return { value };
  },
  async set(keytar) {
    await probe(keytar);
    await keytar.setPassword(service, account, request.secret);
    if ((await keytar.getPassword(service, account)) !== request.secret) throw new Error('the keyring did not keep the secret');
    return {};
  },
  async delete(keytar) {
    if (!(await keytar.deletePassword(service, account))) await probe(keytar);
    return {};
  },
};

const keytar = await load();
if (keytar !== undefined) {
  try {
    answer(await calls[request.call](keytar));
  } catch (error) {
    answer({ trouble: 'refused', message: messageOf(error) });
  }
}
