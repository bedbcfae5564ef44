/** What the originals, which are written in Go, owe to Go: how it decodes base64, and how it words what fails. */

const ALPHABETS = {
  standard: /[A-Za-z0-9+/]/,
  'url-safe': /[A-Za-z0-9_-]/,
} as const;

/** The first byte where Go's decoder gives up; `undefined` where it takes the text. */
function corruptAt(text: string, alphabet: RegExp): number | undefined {
  let at = 0;
  const skipLineEnds = (): void => {
    while (text[at] === '\n' || text[at] === '\r') at++;
  };
  for (;;) {
    for (let inGroup = 0; inGroup < 4; inGroup++) {
      skipLineEnds();
      const char = text[at];
      if (char === undefined) return inGroup === 0 ? undefined : at - inGroup;
      at++;
      if (alphabet.test(char)) continue;
      if (char !== '=' || inGroup < 2) return at - 1;
      if (inGroup === 2) {
        skipLineEnds();
        if (text[at] === undefined) return text.length;
        if (text[at] !== '=') return at - 1;
        at++;
      }
      skipLineEnds();
      return at < text.length ? at : undefined;
    }
  }
}

/** Decodes as strictly as Go's `encoding/base64` with padding. Throws with Go's own words. */
export function decodeBase64(text: string, alphabet: keyof typeof ALPHABETS): Buffer {
  const corrupt = corruptAt(text, ALPHABETS[alphabet]);
  if (corrupt !== undefined) throw new Error(`illegal base64 data at input byte ${corrupt}`);
  return Buffer.from(text, alphabet === 'standard' ? 'base64' : 'base64url');
}

/** What Go's `net` package says of a connection that failed; `undefined` where it was something else. */
export function dialError(error: unknown, address: string): string | undefined {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  if (!(cause instanceof Error) || !('code' in cause)) return undefined;
  const host = address.replace(/:\d+$/, '');
  switch (cause.code) {
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `dial tcp: lookup ${host} on 127.0.0.11:53: no such host`;
    case 'ECONNREFUSED':
      return `dial tcp ${'address' in cause ? `${cause.address}:${'port' in cause ? cause.port : ''}` : address}: connect: connection refused`;
    case 'EHOSTUNREACH':
      return `dial tcp ${address}: connect: no route to host`;
    default:
      return undefined;
  }
}

/** A line as Go's own `log` package writes it: with date and time, to standard error. */
export function logPrint(text: string): void {
  const two = (number: number): string => String(number).padStart(2, '0');
  const now = new Date();
  const date = `${now.getUTCFullYear()}/${two(now.getUTCMonth() + 1)}/${two(now.getUTCDate())}`;
  const time = [now.getUTCHours(), now.getUTCMinutes(), now.getUTCSeconds()].map(two).join(':');
  process.stderr.write(`${date} ${time} ${text}\n`);
}
