import { describe, expect, it } from 'vitest';
import { maskedLines } from './masked-lines.ts';

const VALUE = 'hunter2-value';

describe('maskedLines', () => {
  it.each([
    `password=${VALUE}`,
    `DB_PASSWORD = "${VALUE}" # comment`,
    `export AWS_SECRET_ACCESS_KEY='${VALUE}'`,
    `  apiToken: ${VALUE}`,
    `{"user": "ann", "clientSecret": "${VALUE}", "more": "${VALUE}"}`,
    `- KEY_ENCRYPTION=${VALUE}`,
    `key := ${VALUE}`,
    `'passphrase' => '${VALUE}',`,
    `PASSWORD=\${DB_PASSWORD:-${VALUE}}`,
    `url: postgres://ente:${VALUE}@postgres:5432/ente`,
    `redis://:${VALUE}@redis`,
    `password:\n  ${VALUE}\nnext: shown`,
    `secret: |\n  ${VALUE}\n  ${VALUE}\nnext: shown`,
    `  tokens:\n    - ${VALUE}\n    - ${VALUE}\n  next: shown`,
    `-----BEGIN RSA PRIVATE KEY-----\n${VALUE}\n${VALUE}=\n-----END RSA PRIVATE KEY-----\nnext: shown`,
  ])('hides the value in %j, and nothing of what follows it', (text) => {
    const masked = maskedLines(text).join('\n');
    expect(masked).not.toContain(VALUE);
    expect(masked).toContain('•••');
    expect(masked.includes('next: shown')).toBe(text.includes('next: shown'));
  });

  it.each([
    'port: 8080',
    'PASSWORD=${DB_PASSWORD}',
    'require_password: true',
    'password=',
    'url: https://example.org/path?x=1',
    '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----',
    'secrets:\n  db_file:\n    file: ./db.txt',
  ])('shows %j as it is', (text) => {
    expect(maskedLines(text)).toEqual(text.split('\n'));
  });

  it('has a line for each line', () => {
    const text = 'a\npassword: x\n\nb\n';
    expect(maskedLines(text)).toEqual(['a', 'password: •••', '', 'b', '']);
  });

  it('cuts a very long line', () => {
    expect(maskedLines('x'.repeat(1000))[0]).toBe(`${'x'.repeat(400)}…`);
  });
});
