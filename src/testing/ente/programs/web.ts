import { createServer } from 'node:http';

/** The stand-in for the web apps: one port each, and pages that say which server they talk to. */
const APPS: Readonly<Record<number, string>> = { 3000: 'Photos', 3001: 'Accounts', 3002: 'Albums', 3003: 'Auth' };

const origin = process.env.ENTE_API_ORIGIN ?? 'https://api.ente.io';

for (const [port, name] of Object.entries(APPS)) {
  const page = `<!doctype html><title>Ente ${name}</title><script>globalThis.endpoint = ${JSON.stringify(origin)};</script>\n`;
  createServer((request, response) => {
    process.stdout.write(`${request.method} ${request.url}\n`);
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(request.method === 'HEAD' ? undefined : page);
  }).listen(Number(port));
}
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(0));
