import { createServer, type IncomingMessage } from 'node:http';
import { decodeBase64 } from './go.ts';
import { openDatabase } from './museum-database.ts';
import { log, panic } from './museum-log.ts';
import { answerTo, type Museum } from './museum-routes.ts';
import { readSettings, type Settings } from './museum-settings.ts';
import { checkBuckets } from './museum-storage.ts';
import { createUsers } from './museum-users.ts';

/** What the program can't start without; it ends the program where a key is of the wrong alphabet or the database lets nobody in. */
async function started(): Promise<Museum> {
  const settings = orPanic(() => readSettings(process.env, process.cwd()));
  log.info('main.go:118 main', `Booting up local server with commit #${process.env.GIT_COMMIT ?? ''}`);
  // The missing blanks are the original's: it has them here and not there.
  const keys = {
    encryption: key(settings, 'key.encryption', 'standard', 'main.go:126 main', 'Could not decode email-encryption-key'),
    hash: key(settings, 'key.hash', 'standard', 'main.go:130 main', 'Could not decode email-hash-key'),
  };
  key(settings, 'jwt.secret', 'url-safe', 'main.go:135 main', 'Could not decode jwt-secret ');
  log.info('main.go:868 setupDatabase', 'Setting up db');
  const database = await openDatabase(settings).catch((error: Error) => panic(error.message));
  log.info('main.go:879 setupDatabase', 'Pinged DB');
  return { settings, database, users: createUsers(settings, keys, database) };
}

function key(settings: Settings, name: string, alphabet: 'standard' | 'url-safe', place: string, complaint: string): Buffer {
  try {
    return decodeBase64(settings.text(name), alphabet);
  } catch (error) {
    return log.fatal(place, `${complaint}${error instanceof Error ? error.message : ''}`);
  }
}

function orPanic<T>(act: () => T): T {
  try {
    return act();
  } catch (error) {
    return panic(error instanceof Error ? error.message : String(error));
  }
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function main(): Promise<void> {
  const museum = await started();
  const port = Number(museum.settings.text('http.port')) || 8080;
  const server = createServer(async (request, response) => {
    const { status, type, body } = await answerTo(museum, request, await bodyOf(request));
    response.writeHead(status, { 'content-type': type, 'access-control-allow-origin': '*' }).end(body);
  });
  server.listen(port, () => {
    log.info('main.go:829 runServer', `starting server on port ${port}`);
    log.info('main.go:810 main', 'We have lift-off.');
  });
  void checkBuckets(museum.settings);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      log.info('main.go:815 main', 'Shutting down server...');
      process.exit(0);
    });
  }
}

void main();
