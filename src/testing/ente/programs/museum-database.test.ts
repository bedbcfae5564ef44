import { expect, test } from 'vitest';
import { parseConnectionString } from './museum-database.ts';

test('a connection string gives its values', () => {
  expect(parseConnectionString("host=db port=5432 user='a b' password=x/+=y ")).toEqual({
    host: 'db',
    port: '5432',
    user: 'a b',
    password: 'x/+=y',
  });
});

test('a password with a space cannot be read: what follows is taken for a name', () => {
  expect(() => parseConnectionString('user=ente password=pass word dbname=ente_db')).toThrow(
    'missing "=" after "word" in connection info string"',
  );
});

test('a password that begins with a quote swallows what follows', () => {
  expect(() => parseConnectionString("password='x dbname=ente_db")).toThrow(
    'unterminated quoted string literal in connection string',
  );
});

test('a backslash in a password is lost', () => {
  expect(parseConnectionString('password=a\\b')).toEqual({ password: 'ab' });
});

test('an empty password takes the next setting for its value', () => {
  expect(parseConnectionString('password= dbname=ente_db')).toEqual({ password: 'dbname=ente_db' });
});
