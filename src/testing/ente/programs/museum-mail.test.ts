import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSecureContext, TLSSocket } from 'node:tls';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { sendMail } from './museum-mail.ts';
import type { Settings } from './museum-settings.ts';

let folder: string;
let pem: { readonly key: Buffer; readonly cert: Buffer };

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'museum-mail-'));
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const request = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'];
  const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
  await promisify(execFile)('openssl', [...request, ...names, '-keyout', key, '-out', cert]);
  pem = { key: await readFile(key), cert: await readFile(cert) };
});

afterAll(() => rm(folder, { recursive: true, force: true }));

let server: Server;
let heard: string[];
let port: string;
let offers: readonly string[];

beforeEach(async () => {
  heard = [];
  offers = ['STARTTLS', 'AUTH PLAIN LOGIN'];
  server = createServer((socket) => {
    socket.write('220 mail.example.org ESMTP\r\n');
    talk(socket);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, resolve);
  });
  port = String((server.address() as AddressInfo).port);
});

afterEach(() => {
  server.close();
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

function talk(socket: Socket, encrypted = false): void {
  let inText = false;
  socket.on('error', () => undefined);
  socket.on('data', (bytes: Buffer) => {
    for (const line of bytes.toString().split('\r\n').slice(0, -1)) {
      heard.push(line);
      if (inText) {
        if (line === '.') socket.write('250 queued\r\n');
        inText = line !== '.';
      } else if (line.startsWith('EHLO')) {
        const lines = ['mail.example.org', ...offers.filter((offer) => !(encrypted && offer === 'STARTTLS')), 'HELP'];
        socket.write(lines.map((each, at) => `250${at === lines.length - 1 ? ' ' : '-'}${each}\r\n`).join(''));
      } else if (line === 'STARTTLS') {
        socket.removeAllListeners('data');
        socket.write('220 go on\r\n', () => talk(secured(socket), true));
      } else if (line === 'DATA') {
        inText = true;
        socket.write('354 go on\r\n');
      } else if (line.startsWith('AUTH')) {
        const right = line === `AUTH PLAIN ${Buffer.from('\0verification\0right').toString('base64')}`;
        socket.write(right ? '235 ok\r\n' : '535 5.7.8 Error: authentication failed\r\n');
      } else socket.write(line === 'QUIT' ? '221 bye\r\n' : '250 ok\r\n');
    }
  });
}

function secured(socket: Socket): TLSSocket {
  return new TLSSocket(socket, { isServer: true, secureContext: createSecureContext(pem) });
}

function settings(set: Readonly<Record<string, string>>): Settings {
  const all: Readonly<Record<string, string>> = {
    'smtp.host': 'localhost',
    'smtp.port': port,
    'smtp.username': 'verification',
    'smtp.password': 'right',
    'smtp.email': 'verification@example.org',
    ...set,
  };
  return { release: '2025-11-01', text: (key) => all[key] ?? '', truth: () => false, numbers: () => [], texts: () => [] };
}

const trust = (): void => void vi.stubEnv('SSL_CERT_FILE', join(folder, 'cert.pem'));
const send = (set: Readonly<Record<string, string>> = {}): Promise<void> =>
  sendMail(settings(set), 'friend@foo.org', 'Verification code: 654321');

test('a message goes out encrypted, after the password', async () => {
  trust();
  await send();
  expect(heard.slice(0, 3)).toEqual(['EHLO localhost', 'STARTTLS', 'EHLO localhost']);
  expect(heard).toContain('MAIL FROM:<verification@example.org>');
  expect(heard).toContain('Subject: Verification code: 654321');
});

test('a certificate that nobody vouches for is refused, and no password is sent', async () => {
  await expect(send()).rejects.toThrow('x509: certificate signed by unknown authority');
  expect(heard.join('\n')).not.toContain('AUTH');
});

test('an address instead of the name in the certificate is refused', async () => {
  trust();
  await expect(send({ 'smtp.host': '127.0.0.1' })).rejects.toThrow(
    "x509: cannot validate certificate for 127.0.0.1 because it doesn't contain any IP SANs",
  );
});

test('a wrong password is refused in the words of the server', async () => {
  trust();
  await expect(send({ 'smtp.password': 'wrong' })).rejects.toThrow('535 5.7.8 Error: authentication failed');
});

test('without encryption no password leaves the machine', async () => {
  offers = ['AUTH PLAIN LOGIN'];
  await expect(send({ 'smtp.host': '127.0.0.2' })).rejects.toThrow('unencrypted connection');
  expect(heard.join('\n')).not.toContain('AUTH');
});

test('a server that is not there is named', async () => {
  await expect(send({ 'smtp.port': '1' })).rejects.toThrow(/dial tcp .*:1: connect: connection refused/);
});

test('where no host is set the log says that it was skipped, and the subject, and nothing is sent', async () => {
  const written = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  await send({ 'smtp.host': '' });
  expect(String(written.mock.calls[0]?.[0])).toContain('Skipping sending email to friend@foo.org: Verification code: 654321');
  expect(heard).toEqual([]);
});
