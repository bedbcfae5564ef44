import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { Aborted } from './environment.ts';

/** Sends the wizard's mail with these settings (`SMTP_…`), by a server that takes it; rejects with what that said. */
export async function sendTestMail(settings: Readonly<Record<string, string>>, to: string): Promise<void> {
  const { SMTP_SERVER: host = '', SMTP_PORT: port = '', SMTP_FROM_ADDRESS: from = '', SMTP_ENABLE_STARTTLS: tls } = settings;
  let socket: Socket = connectTcp(Number(port), host);
  try {
    await answer(socket, 220);
    let offers = await command(socket, `EHLO ${settings.LOCAL_DOMAIN}`, 250);
    if (tls === 'always' || (tls !== 'never' && /STARTTLS/.test(offers))) {
      await command(socket, 'STARTTLS', 220);
      const rejectUnauthorized = settings.SMTP_OPENSSL_VERIFY_MODE !== 'none';
      socket = connectTls({ socket, servername: host, rejectUnauthorized });
      offers = await command(socket, `EHLO ${settings.LOCAL_DOMAIN}`, 250);
    }
    const { SMTP_LOGIN: login = '', SMTP_PASSWORD: password = '', SMTP_AUTH_METHOD: method } = settings;
    if (method !== 'none' && login !== '') {
      await command(socket, `AUTH PLAIN ${Buffer.from(`\0${login}\0${password}`).toString('base64')}`, 235);
    }
    await command(socket, `MAIL FROM:<${/<(.*)>/.exec(from)?.[1] ?? from}>`, 250);
    await command(socket, `RCPT TO:<${to}>`, 250);
    await command(socket, 'DATA', 354);
    const text = `From: ${from}\r\nTo: ${to}\r\nSubject: Test\r\n\r\nMastodon SMTP configuration works!\r\n.`;
    await command(socket, text, 250);
  } finally {
    socket.destroy();
  }
}

function command(socket: Socket, line: string, code: number): Promise<string> {
  const answered = answer(socket, code);
  socket.write(`${line}\r\n`);
  return answered;
}

function answer(socket: Socket, code: number): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    const take = (chunk: Buffer): void => {
      text += chunk.toString();
      if (!/^\d{3} .*\r\n$/m.test(text)) return;
      socket.off('data', take);
      if (text.startsWith(String(code))) resolve(text);
      else reject(new Aborted('Net::SMTPFatalError', text.trim()));
    };
    socket.on('data', take).once('error', reject);
  });
}
