import { compare, getRounds } from 'bcryptjs';
import { describe, expect, it } from 'vitest';
import { generateSecret } from './generate.ts';
import { sha512Crypt } from './sha512-crypt.ts';

describe('bcrypt', () => {
  const of = 'correct-horse-battery';

  it.each([
    [{ cost: 4 }, /^\$2y\$04\$[./A-Za-z0-9]{53}$/],
    [{ cost: 5, variant: '2b' }, /^\$2b\$05\$[./A-Za-z0-9]{53}$/],
  ] as const)('%j fits the password and no other', async (details, form) => {
    const hash = await generateSecret({ generate: 'bcrypt', ...details }, { of });
    expect(hash).toMatch(form);
    expect(getRounds(hash)).toBe(details.cost);
    expect(await compare(of, hash)).toBe(true);
    expect(await compare(`${of}.`, hash)).toBe(false);
  });

  it('costs 10 where nothing else is said', async () => {
    expect(await generateSecret({ generate: 'bcrypt' }, { of })).toMatch(/^\$2y\$10\$[./A-Za-z0-9]{53}$/);
  });

  it('has another salt each time', async () => {
    const hashes = await Promise.all(Array.from({ length: 50 }, () => generateSecret({ generate: 'bcrypt', cost: 4 }, { of })));
    expect(new Set(hashes.map((hash) => hash.slice(0, 29))).size).toBe(50);
  });

  it('refuses what it would cut: 72 bytes are taken, 73 are not', async () => {
    const hash = await generateSecret({ generate: 'bcrypt', cost: 4 }, { of: 'x'.repeat(72) });
    expect(await compare('x'.repeat(72), hash)).toBe(true);
    for (const tooMuch of ['x'.repeat(73), 'é'.repeat(37), 'a\0b']) {
      await expect(generateSecret({ generate: 'bcrypt', cost: 4 }, { of: tooMuch })).rejects.toMatchObject({
        failure: { code: 'recipe.bad-secret' },
      });
    }
  });
});

describe('SHA-512 crypt', () => {
  // What `openssl passwd -6 -salt SALT PASSWORD` of OpenSSL 3.0 says.
  it.each([
    [
      'a'.repeat(63),
      'saltsalt',
      undefined,
      '$6$saltsalt$H8TWMaGNaWIlbCN.ve/rdRsHfqIqWBb7.bA3AXhg.LxuC9tFTrOvR1WclafJTyj/sTvPMjtI7XRtWpuVYDqys.',
    ],
    [
      'a'.repeat(64),
      'saltsalt',
      undefined,
      '$6$saltsalt$dLW1aYM9zDeSwgYsFmvdxmhFQ.ehaT6i5XzWyeDv4Z677.mp/Lc.0XPmnwvDvk6TP4Px9uVPQy2OHM2Vxg9vW/',
    ],
    [
      'a'.repeat(128),
      'saltsalt',
      undefined,
      '$6$saltsalt$6ODW6HzfbdznOq3FsAj6QG5lk3oCMz7YjT5HnVY1E.QlAs3VXZ2Yva8VSz2vuZOifcpDkPbiV2fw3NJDv1nDn0',
    ],
    [
      'hello',
      'saltsalt',
      10_000,
      '$6$rounds=10000$saltsalt$ChnxUUyoZX4tzUyrM9rF3nURKoUrFHcNPi6vv59jtnlfxlNDaHX8QEke9K9u80R.e4Uq2oBdWYh/H6b/hSPa8/',
    ],
  ])('of %s with salt %s and rounds %s is what OpenSSL says', async (password, salt, rounds, hash) => {
    expect(await sha512Crypt(password, salt, rounds)).toBe(hash);
  });

  it('has a salt of 16 characters, another one each time, and says its rounds only where they are given', async () => {
    const make = (rounds?: number) =>
      generateSecret({ generate: 'sha512-crypt', ...(rounds !== undefined && { rounds }) }, { of: 'correct-horse' });
    const hashes = await Promise.all(Array.from({ length: 10 }, () => make(1000)));
    for (const hash of hashes) expect(hash).toMatch(/^\$6\$rounds=1000\$[./0-9A-Za-z]{16}\$[./0-9A-Za-z]{86}$/);
    expect(new Set(hashes.map((hash) => hash.split('$')[3])).size).toBe(10);
    expect(await make()).toMatch(/^\$6\$[./0-9A-Za-z]{16}\$[./0-9A-Za-z]{86}$/);
  });

  it('is made again from its own salt', async () => {
    const hash = await generateSecret({ generate: 'sha512-crypt' }, { of: 'pässword' });
    expect(await sha512Crypt('pässword', hash.split('$')[2] as string)).toBe(hash);
    expect(await sha512Crypt('password', hash.split('$')[2] as string)).not.toBe(hash);
  });
});

it('a hash of nothing is refused', async () => {
  for (const generate of ['bcrypt', 'sha512-crypt'] as const) {
    await expect(generateSecret({ generate })).rejects.toMatchObject({ failure: { code: 'recipe.bad-secret' } });
  }
});
