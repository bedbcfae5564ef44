import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { FileOp, FileResult, Host } from '../../model/ports.ts';

/** A host to try the laws on, and an empty folder of it that nobody else uses. */
export interface ContractSubject {
  readonly host: Host;
  readonly dir: string;
  /** Makes a link; no act of the port does. */
  link(target: string, path: string): Promise<void>;
  cleanUp(): Promise<void>;
}

const text = new TextDecoder();

/**
 * The laws of `Host.files` and of the failures of `Host.exec`, which the real host and the fake obey alike.
 * Laws about other owners run only where `asRoot` says that the host acts as root.
 */
export function hostContract(name: string, asRoot: boolean, create: () => Promise<ContractSubject>): void {
  describe(`${name} obeys the host's contract`, () => {
    // A law for another kind of user is not skipped here: it does not apply.
    const lawOfRoot = asRoot ? it : () => undefined;
    const lawOfOthers = asRoot ? () => undefined : it;
    let subject: ContractSubject;
    let own: { uid: number; gid: number };

    beforeEach(async () => {
      subject = await create();
      const stat = await one({ op: 'stat', path: subject.dir });
      own = { uid: subject.host.uid, gid: stat?.gid ?? 0 };
    });
    afterEach(() => subject.cleanUp());

    const at = (path: string): string => `${subject.dir}/${path}`;
    async function one<const Op extends FileOp>(op: Op): Promise<FileResult<Op>> {
      const [result] = await subject.host.files([op]);
      return result as FileResult<Op>;
    }
    const write = (path: string, data: string, mode = 0o644): Promise<undefined> =>
      one({ op: 'write', path: at(path), data, mode, ...own });
    const failure = (code: string, path?: string): object => ({
      failure: { code, ...(path === undefined ? {} : { message: expect.stringContaining(path) }) },
    });

    it('finds nothing where nothing is, and where a parent is missing or is a file', async () => {
      await write('file', 'x');
      for (const path of ['none', 'none/below', 'file/below']) {
        const looks = await subject.host.files([
          { op: 'stat', path: at(path) },
          { op: 'read', path: at(path) },
          { op: 'list', path: at(path) },
          { op: 'tree', path: at(path) },
          { op: 'sha256', path: at(path) },
        ]);
        expect(looks, path).toEqual([undefined, undefined, undefined, undefined, undefined]);
      }
    });

    it('writes a file with its content and mode, and reads it back', async () => {
      await write('file', 'grüße\n', 0o640);
      const [stat, read, sum] = await subject.host.files([
        { op: 'stat', path: at('file') },
        { op: 'read', path: at('file') },
        { op: 'sha256', path: at('file') },
      ]);
      expect(stat).toEqual({ kind: 'file', mode: 0o640, size: 8, ...own });
      expect(text.decode(read)).toBe('grüße\n');
      expect(sum).toBe(createHash('sha256').update('grüße\n').digest('hex'));
    });

    it('writes bytes as they are, also many of them', async () => {
      const data = Uint8Array.from({ length: 300_000 }, (_, index) => (index * 7) % 256);
      await one({ op: 'write', path: at('file'), data, mode: 0o600, ...own });
      expect(Buffer.compare((await one({ op: 'read', path: at('file') })) ?? new Uint8Array(), data)).toBe(0);
      expect(await one({ op: 'sha256', path: at('file') })).toBe(createHash('sha256').update(data).digest('hex'));
    });

    it('replaces a file whole, and leaves nothing else in the folder', async () => {
      await write('file', 'a longer first text', 0o600);
      await write('file', 'second', 0o644);
      expect(text.decode(await one({ op: 'read', path: at('file') }))).toBe('second');
      expect(await one({ op: 'stat', path: at('file') })).toMatchObject({ mode: 0o644 });
      expect(await one({ op: 'list', path: subject.dir })).toEqual(['file']);
    });

    it('refuses to write where a folder is, and leaves nothing behind', async () => {
      await one({ op: 'mkdir', path: at('folder') });
      await expect(write('folder', 'x')).rejects.toMatchObject(failure('host.is-a-directory', at('folder')));
      expect(await one({ op: 'list', path: subject.dir })).toEqual(['folder']);
    });

    it('refuses to write where the parent is missing or a file', async () => {
      await expect(write('none/file', 'x')).rejects.toMatchObject(failure('host.no-such-directory', at('none')));
      await write('file', 'x');
      await expect(write('file/below', 'x')).rejects.toMatchObject(failure('host.not-a-directory'));
    });

    it('replaces a link by a file, and leaves what the link led to', async () => {
      await write('kept', 'kept');
      await subject.link(at('kept'), at('link'));
      await write('link', 'new');
      expect(text.decode(await one({ op: 'read', path: at('link') }))).toBe('new');
      expect(text.decode(await one({ op: 'read', path: at('kept') }))).toBe('kept');
    });

    it('follows links to look, and finds nothing where a link leads nowhere', async () => {
      await write('file', 'x');
      await subject.link('file', at('link'));
      await subject.link(at('none'), at('dangling'));
      expect(await one({ op: 'stat', path: at('link') })).toMatchObject({ kind: 'file', size: 1 });
      expect(text.decode(await one({ op: 'read', path: at('link') }))).toBe('x');
      expect(await one({ op: 'stat', path: at('dangling') })).toBeUndefined();
    });

    it('fails where links lead round in a circle', async () => {
      await subject.link(at('b'), at('a'));
      await subject.link(at('a'), at('b'));
      await expect(one({ op: 'stat', path: at('a') })).rejects.toMatchObject(failure('host.link-loop', at('a')));
    });

    it('refuses to read a folder, or to list a file', async () => {
      await one({ op: 'mkdir', path: at('folder') });
      await write('file', 'x');
      await expect(one({ op: 'read', path: at('folder') })).rejects.toMatchObject(failure('host.is-a-directory', at('folder')));
      await expect(one({ op: 'sha256', path: at('folder') })).rejects.toMatchObject(failure('host.is-a-directory'));
      await expect(one({ op: 'list', path: at('file') })).rejects.toMatchObject(failure('host.not-a-directory', at('file')));
      await expect(one({ op: 'tree', path: at('file') })).rejects.toMatchObject(failure('host.not-a-directory'));
    });

    it('makes a folder with exactly this mode, whatever the umask, and parents with 0755', async () => {
      const before = process.umask(0o077);
      try {
        await one({ op: 'mkdir', path: at('a/b/c'), mode: 0o2770 });
      } finally {
        process.umask(before);
      }
      expect(await one({ op: 'stat', path: at('a/b/c') })).toMatchObject({ kind: 'dir', mode: 0o2770 });
      expect(await one({ op: 'stat', path: at('a/b') })).toMatchObject({ kind: 'dir', mode: 0o755 });
    });

    it('leaves a folder that is there as it is', async () => {
      await one({ op: 'mkdir', path: at('folder'), mode: 0o700 });
      await write('folder/file', 'x');
      await one({ op: 'mkdir', path: at('folder'), mode: 0o755 });
      expect(await one({ op: 'stat', path: at('folder') })).toMatchObject({ mode: 0o700 });
      expect(await one({ op: 'list', path: at('folder') })).toEqual(['file']);
    });

    it('refuses to make a folder where, or below where, something else is', async () => {
      await write('file', 'x');
      await subject.link(at('none'), at('dangling'));
      await expect(one({ op: 'mkdir', path: at('file') })).rejects.toMatchObject(failure('host.not-a-directory', at('file')));
      await expect(one({ op: 'mkdir', path: at('file/a/b') })).rejects.toMatchObject(failure('host.not-a-directory'));
      await expect(one({ op: 'mkdir', path: at('dangling') })).rejects.toMatchObject(failure('host.not-a-directory'));
    });

    it('lists names in order', async () => {
      await subject.host.files(['b', 'a', 'B', '.c'].map((name) => ({ op: 'mkdir' as const, path: at(name) })));
      expect(await one({ op: 'list', path: subject.dir })).toEqual(['.c', 'B', 'a', 'b']);
    });

    it('lists a tree with parents first, and does not follow links', async () => {
      await one({ op: 'mkdir', path: at('top/b/c'), mode: 0o750 });
      await write('top/a', 'text');
      await write('outside', 'x');
      await subject.link(subject.dir, at('top/link'));
      const tree = await one({ op: 'tree', path: at('top') });
      expect(tree?.map(({ path, kind }) => [path, kind])).toEqual([
        [at('top/a'), 'file'],
        [at('top/b'), 'dir'],
        [at('top/b/c'), 'dir'],
        [at('top/link'), 'link'],
      ]);
      expect(tree?.[2]).toMatchObject({ mode: 0o750, ...own });
      await expect(one({ op: 'tree', path: at('top/link') })).rejects.toMatchObject(failure('host.not-a-directory'));
    });

    it('removes a file, an empty folder, a link (and not what it leads to); nothing there is no error', async () => {
      await one({ op: 'mkdir', path: at('folder') });
      await write('file', 'x');
      await subject.link(at('file'), at('link'));
      await subject.host.files([
        { op: 'remove', path: at('link') },
        { op: 'remove', path: at('folder') },
        { op: 'remove', path: at('none') },
        { op: 'remove', path: at('none/below') },
        { op: 'remove', path: at('none'), recursive: true },
      ]);
      expect(await one({ op: 'list', path: subject.dir })).toEqual(['file']);
    });

    it('removes a folder that is not empty only recursively, and does not follow links below it', async () => {
      await one({ op: 'mkdir', path: at('folder/below') });
      await write('kept', 'x');
      await write('folder/below/file', 'x');
      await subject.link(subject.dir, at('folder/link'));
      await expect(one({ op: 'remove', path: at('folder') })).rejects.toMatchObject(failure('host.not-empty', at('folder')));
      await one({ op: 'remove', path: at('folder'), recursive: true });
      expect(await one({ op: 'list', path: subject.dir })).toEqual(['kept']);
    });

    it('refuses to remove the root folder, however it is spelled', async () => {
      for (const path of ['/', '//', '/.', `${subject.dir}/${'../'.repeat(subject.dir.split('/').length)}`]) {
        await expect(one({ op: 'remove', path, recursive: true }), path).rejects.toMatchObject(failure('host.refused'));
      }
    });

    it('sets the mode of a file or folder, and leaves what a link leads to', async () => {
      await write('file', 'x', 0o644);
      await subject.link(at('file'), at('link'));
      await one({ op: 'mkdir', path: at('folder') });
      await subject.host.files([
        { op: 'owner-mode', path: at('folder'), mode: 0o1750 },
        { op: 'owner-mode', path: at('link'), mode: 0o600 },
      ]);
      expect(await one({ op: 'stat', path: at('folder') })).toMatchObject({ mode: 0o1750 });
      expect(await one({ op: 'stat', path: at('file') })).toMatchObject({ mode: 0o644 });
      await one({ op: 'owner-mode', path: at('file'), mode: 0o000 });
      await one({ op: 'owner-mode', path: at('file'), mode: 0o600 });
      expect(await one({ op: 'stat', path: at('file') })).toMatchObject({ mode: 0o600 });
      await expect(one({ op: 'owner-mode', path: at('none'), mode: 0o600 })).rejects.toMatchObject(
        failure('host.no-such-file', at('none')),
      );
    });

    it('ends a batch at its first failure: what came before is done, what comes after is not', async () => {
      await expect(
        subject.host.files([
          { op: 'mkdir', path: at('a') },
          { op: 'write', path: at('none/file'), data: 'x', mode: 0o644, ...own },
          { op: 'mkdir', path: at('b') },
        ]),
      ).rejects.toMatchObject(failure('host.no-such-directory'));
      expect(await one({ op: 'list', path: subject.dir })).toEqual(['a']);
    });

    it('reports the first failure in the order of the batch, also among looks that run side by side', async () => {
      await one({ op: 'mkdir', path: at('folder') });
      await write('file', 'x');
      await expect(
        subject.host.files([
          { op: 'tree', path: subject.dir },
          { op: 'list', path: at('file') },
          { op: 'read', path: at('folder') },
        ]),
      ).rejects.toMatchObject(failure('host.not-a-directory', at('file')));
    });

    it('performs acts in order: a look sees the acts before it and not those after it', async () => {
      const path = at('file');
      const [none, , first, , second] = await subject.host.files([
        { op: 'stat', path },
        { op: 'write', path, data: 'a', mode: 0o644, ...own },
        { op: 'read', path },
        { op: 'write', path, data: 'b', mode: 0o644, ...own },
        { op: 'read', path },
      ]);
      expect([none, text.decode(first), text.decode(second)]).toEqual([undefined, 'a', 'b']);
    });

    it('answers a long batch of looks, each in its place', async () => {
      await write('file', 'x');
      const paths = Array.from({ length: 300 }, (_, index) => (index % 3 === 0 ? at('file') : at(`none-${index}`)));
      const stats = await subject.host.files(paths.map((path) => ({ op: 'stat' as const, path })));
      expect(stats.map((stat) => stat !== undefined)).toEqual(paths.map((path) => path === at('file')));
    });

    it('refuses a path that is relative or holds a NUL', async () => {
      await expect(one({ op: 'stat', path: 'etc' })).rejects.toMatchObject(failure('host.bad-path'));
      await expect(one({ op: 'read', path: '/etc\0/x' })).rejects.toMatchObject(failure('host.bad-path'));
    });

    lawOfRoot('(as root) gives files, folders and made parents their numeric owners', async () => {
      const owner = { uid: 991, gid: 992 };
      await subject.host.files([
        { op: 'mkdir', path: at('a/b'), mode: 0o750, ...owner },
        { op: 'write', path: at('a/file'), data: 'x', mode: 0o4750, ...owner },
      ]);
      const stats = await subject.host.files([
        { op: 'stat', path: at('a') },
        { op: 'stat', path: at('a/b') },
        { op: 'stat', path: at('a/file') },
      ]);
      expect(stats).toMatchObject([
        { mode: 0o755, ...owner },
        { mode: 0o750, ...owner },
        { mode: 0o4750, ...owner },
      ]);
    });

    lawOfRoot('(as root) changes only the owner that is given, and of a link the link itself', async () => {
      await write('file', 'x');
      await one({ op: 'mkdir', path: at('folder') });
      await subject.link(at('file'), at('folder/link'));
      await subject.host.files([
        { op: 'owner-mode', path: at('file'), gid: 992 },
        { op: 'owner-mode', path: at('folder/link'), uid: 991, gid: 991, mode: 0o600 },
      ]);
      expect(await one({ op: 'stat', path: at('file') })).toMatchObject({ uid: 0, gid: 992, mode: 0o644 });
      expect(await one({ op: 'tree', path: at('folder') })).toMatchObject([{ kind: 'link', uid: 991, gid: 991 }]);
    });

    lawOfOthers('(not as root) is refused another owner, and leaves nothing behind', async () => {
      const owner = { uid: own.uid + 1, gid: own.gid };
      await expect(one({ op: 'write', path: at('file'), data: 'x', mode: 0o644, ...owner })).rejects.toMatchObject(
        failure('host.permission-denied', at('file')),
      );
      expect(await one({ op: 'list', path: subject.dir })).toEqual([]);
    });

    it('fails for a program, a user or a folder that is not there', async () => {
      const { signal } = new AbortController();
      const run = (command: Parameters<Host['exec']>[0]) => subject.host.exec(command, { signal });
      await expect(run({ argv: ['fairlead-no-such-program'] })).rejects.toMatchObject(
        failure('host.no-such-program', 'fairlead-no-such-program'),
      );
      await expect(run({ argv: ['getent'], user: 'no-such-user' })).rejects.toMatchObject(
        failure('host.no-such-user', 'no-such-user'),
      );
      await expect(run({ argv: ['getent', 'passwd', 'root'], cwd: at('none') })).rejects.toMatchObject(
        failure('host.no-such-directory', at('none')),
      );
    });

    it('runs nothing once it is aborted, and rejects with the reason', async () => {
      const reason = new Error('enough');
      await expect(subject.host.exec({ argv: ['getent'] }, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    });

    it('gives an exit code as a result, and out the lines', async () => {
      const lines: string[] = [];
      const { signal } = new AbortController();
      const found = await subject.host.exec(
        { argv: ['getent', 'passwd', 'root'] },
        { signal, onLine: (line) => lines.push(line) },
      );
      expect(found).toMatchObject({ code: 0, signal: null, stdout: expect.stringMatching(/^root:.*\n$/), stderr: '' });
      expect(lines).toEqual([found.stdout.trimEnd()]);
      expect(await subject.host.exec({ argv: ['getent', 'passwd', 'no-such-user'] }, { signal })).toMatchObject({ code: 2 });
    });
  });
}
