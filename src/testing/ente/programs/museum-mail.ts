import { existsSync, readFileSync } from 'node:fs';
import { connect as connectPlain, isIP, type Socket } from 'node:net';
import { type ConnectionOptions, connect as connectTls } from 'node:tls';
import { dialError } from './go.ts';
import { log } from './museum-log.ts';
import { type Settings, SINCE } from './museum-settings.ts';

/** Whom Go trusts in an image that has them there. */
const AUTHORITIES = '/etc/ssl/certs/ca-certificates.crt';

/**
 * Sends by SMTP as Go's `smtp.SendMail` does: STARTTLS where it is offered, the certificate must be for the very name that is
 * set, and no password leaves unencrypted. Where no host is set the log says that it was skipped. Throws in Go's words.
 */
export async function sendMail(settings: Settings, to: string, subject: string): Promise<void> {
  const host = settings.text('smtp.host');
  if (host === '') {
    const place = settings.release < SINCE.fewerOttLines ? 'email.go:109 sendViaTransmail' : 'email.go:101 Send';
    log.info(place, `Skipping sending email to ${to}: ${subject}`);
    return;
  }
  const port = Number(settings.text('smtp.port'));
  const from = settings.text('smtp.email') || 'verify@ente.io';
  const [user, password] = [settings.text('smtp.username'), settings.text('smtp.password')];
  const implicit = settings.release >= SINCE.implicitTls && /^(tls|ssl)$/i.test(settings.text('smtp.encryption'));
  let session = await openSession(implicit ? await secured(host, { host, port }) : await plain(host, port));
  try {
    let offered = await session.say('EHLO localhost', 250);
    let encrypted = implicit;
    if (!encrypted && /^250[ -]STARTTLS/m.test(offered)) {
      await session.say('STARTTLS', 220);
      session = await openSession(await secured(host, { socket: session.socket }), false);
      offered = await session.say('EHLO localhost', 250);
      encrypted = true;
    }
    if (user !== '' && password !== '' && /^250[ -]AUTH/m.test(offered)) {
      if (!encrypted && !/^(localhost|127\.0\.0\.1|::1)$/.test(host)) throw new Error('unencrypted connection');
      await session.say(`AUTH PLAIN ${Buffer.from(`\0${user}\0${password}`).toString('base64')}`, 235);
    } else if (user !== '' && password !== '') throw new Error("smtp: server doesn't support AUTH");
    await session.say(`MAIL FROM:<${from}>`, 250);
    await session.say(`RCPT TO:<${to}>`, 250);
    await session.say('DATA', 354);
    await session.say(`From: Ente <${from}>\r\nTo: ${to}\r\nSubject: ${subject}\r\n\r\n${subject}\r\n.`, 250);
    await session.say('QUIT', 221);
  } finally {
    session.socket.destroy();
  }
}

interface SmtpSession {
  readonly socket: Socket;
  /** Sends a line; answers what the server says. Throws with its words where it says another number. */
  say(line: string, expected: number): Promise<string>;
}

async function openSession(socket: Socket, greets = true): Promise<SmtpSession> {
  let read = '';
  let wake = (): void => undefined;
  let ended = false;
  socket.setTimeout(15_000, () => socket.destroy());
  socket.on('data', (bytes) => {
    read += bytes;
    wake();
  });
  socket.on('error', () => undefined);
  socket.on('close', () => {
    ended = true;
    wake();
  });
  const answer = async (expected: number): Promise<string> => {
    for (;;) {
      const [whole, code, text] = /^(?:\d{3}-.*\r\n)*(\d{3}) (.*)\r\n/.exec(read) ?? [];
      if (whole !== undefined) {
        read = read.slice(whole.length);
        if (Number(code) !== expected) throw new Error(`${code} ${text}`);
        return whole;
      }
      if (ended) throw new Error('EOF');
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  };
  if (greets) await answer(220);
  return {
    socket,
    async say(line, expected) {
      socket.write(`${line}\r\n`);
      return answer(expected);
    },
  };
}

function plain(host: string, port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connectPlain({ host, port }, () => {
      socket.off('error', failed);
      resolve(socket);
    });
    const failed = (error: Error): void => reject(new Error(dialError(error, `${host}:${port}`) ?? error.message));
    socket.on('error', failed);
  });
}

function secured(host: string, over: ConnectionOptions): Promise<Socket> {
  const file = process.env.SSL_CERT_FILE ?? AUTHORITIES;
  const own = existsSync(file) ? { ca: readFileSync(file) } : {};
  over.socket?.removeAllListeners('data');
  return new Promise((resolve, reject) => {
    const socket = connectTls({ host, ...over, ...own, ...(isIP(host) === 0 ? { servername: host } : {}) }, () => {
      socket.off('error', failed);
      resolve(socket);
    });
    const failed = (error: Error): void => reject(new Error(certificateWords(error, host)));
    socket.on('error', failed);
  });
}

function certificateWords(error: Error, host: string): string {
  const code = 'code' in error ? String(error.code) : '';
  const said = 'tls: failed to verify certificate: x509: ';
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    if (isIP(host) !== 0) return `${said}cannot validate certificate for ${host} because it doesn't contain any IP SANs`;
    const names = 'cert' in error ? String((error.cert as { subjectaltname?: string }).subjectaltname ?? '') : '';
    return `${said}certificate is valid for ${names.replaceAll('DNS:', '')}, not ${host}`;
  }
  if (/SELF_SIGNED|UNABLE_TO|ISSUER/.test(code)) return `${said}certificate signed by unknown authority`;
  if (code === 'CERT_HAS_EXPIRED') return `${said}certificate has expired or is not yet valid`;
  return dialError(error, host) ?? error.message;
}
