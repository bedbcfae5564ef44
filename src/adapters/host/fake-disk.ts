import type { FileStat, TreeEntry } from '../../model/ports.ts';

/** What the fake disk throws where a real one answers with an errno. */
export class Errno extends Error {
  readonly code: string;

  constructor(code: string) {
    super(code);
    this.code = code;
  }
}

/** What lies on the fake disk. A link's `target` is where it leads. */
export interface FakeNode {
  readonly kind: FileStat['kind'];
  mode: number;
  uid: number;
  gid: number;
  readonly data: Uint8Array;
  readonly target: string;
  readonly children: Map<string, FakeNode>;
}

interface Place {
  /** The folder that holds (or would hold) the entry; undefined for the root folder. */
  readonly parent: FakeNode | undefined;
  readonly name: string;
  readonly node: FakeNode | undefined;
}

const MOST_LINKS = 40;
const WRITE = 2;
const READ = 4;
const SEARCH = 1;

/** Makes a node; what is not given is a file 0644 or folder 0755 of root. */
export function fakeNode(kind: FakeNode['kind'], given: Partial<Omit<FakeNode, 'kind'>> = {}): FakeNode {
  return {
    kind,
    mode: kind === 'dir' ? 0o755 : kind === 'link' ? 0o777 : 0o644,
    uid: 0,
    gid: 0,
    data: new Uint8Array(),
    target: '',
    children: new Map(),
    ...given,
  };
}

/** A file system in memory: owners, modes and links as Linux has them; it fails with Linux's errnos. */
export class FakeDisk {
  readonly #root: FakeNode;
  readonly #uid: number;

  /** `uid` is who acts: 0 may do all, anybody else is held to owners and modes. */
  constructor(uid: number, root: FakeNode = fakeNode('dir')) {
    this.#uid = uid;
    this.#root = root;
  }

  /** The same disk, for somebody who may do all. */
  asRoot(): FakeDisk {
    return new FakeDisk(0, this.#root);
  }

  /** The entry at a path, or undefined; what keeps us from looking is thrown. */
  node(path: string, follow: boolean): FakeNode | undefined {
    try {
      return this.#locate(path, follow).node;
    } catch (error) {
      if (error instanceof Errno && (error.code === 'ENOENT' || error.code === 'ENOTDIR')) return undefined;
      throw error;
    }
  }

  read(path: string): Uint8Array | undefined {
    const node = this.node(path, true);
    if (node === undefined) return undefined;
    if (node.kind === 'dir') throw new Errno('EISDIR');
    if (node.kind !== 'file') throw new Errno('ENOTREG');
    this.#require(node, READ);
    return node.data.slice();
  }

  list(path: string): string[] | undefined {
    const node = this.node(path, true);
    if (node === undefined) return undefined;
    if (node.kind !== 'dir') throw new Errno('ENOTDIR');
    this.#require(node, READ);
    return [...node.children.keys()].sort();
  }

  tree(path: string): TreeEntry[] | undefined {
    const top = this.node(path, false);
    if (top === undefined) return undefined;
    if (top.kind !== 'dir') throw new Errno('ENOTDIR');
    const entries: TreeEntry[] = [];
    const visit = (node: FakeNode, at: string): void => {
      this.#require(node, READ);
      for (const [name, child] of sorted(node)) {
        const below = at === '/' ? `/${name}` : `${at}/${name}`;
        entries.push({ path: below, ...statOf(child) });
        if (child.kind === 'dir') visit(child, below);
      }
    };
    visit(top, path.replace(/(.)\/+$/, '$1'));
    return entries;
  }

  remove(path: string, recursive: boolean): void {
    let place: Place;
    try {
      place = this.#locate(path, false);
    } catch (error) {
      if (error instanceof Errno && (error.code === 'ENOENT' || error.code === 'ENOTDIR')) return;
      throw error;
    }
    if (place.node === undefined) return;
    if (place.parent === undefined) throw new Errno('EBUSY');
    if (place.node.children.size > 0 && !recursive) throw new Errno('ENOTEMPTY');
    this.#require(place.parent, WRITE);
    place.parent.children.delete(place.name);
  }

  /** Like `mkdir -p`; an existing folder keeps its owner and mode. */
  mkdir(path: string, mode: number, uid: number | undefined, gid: number | undefined): void {
    let place: Place;
    try {
      place = this.#locate(path, false);
    } catch (error) {
      if (!(error instanceof Errno) || error.code !== 'ENOENT') throw error;
      this.mkdir(parentOf(path), 0o755, uid, gid);
      place = this.#locate(path, false);
    }
    if (place.node !== undefined) {
      if (this.node(path, true)?.kind !== 'dir') throw new Errno('ENOTDIR');
      return;
    }
    const parent = place.parent as FakeNode;
    this.#require(parent, WRITE);
    const made = fakeNode('dir', { mode, uid: this.#uid, gid: this.#uid });
    this.#chown(made, uid, gid);
    parent.children.set(place.name, made);
  }

  ownerMode(path: string, mode: number | undefined, uid: number | undefined, gid: number | undefined): void {
    const { node } = this.#locate(path, false);
    if (node === undefined) throw new Errno('ENOENT');
    if (mode !== undefined && this.#uid !== 0 && this.#uid !== node.uid) throw new Errno('EPERM');
    this.#chown(node, uid, gid);
    if (mode !== undefined && node.kind !== 'link') node.mode = mode;
  }

  write(path: string, data: Uint8Array, mode: number, uid: number, gid: number): void {
    const { parent, name, node } = this.#locate(path, false);
    if (parent === undefined || node?.kind === 'dir') throw new Errno('EISDIR');
    this.#require(parent, WRITE);
    const made = fakeNode('file', { mode, data: data.slice(), uid: this.#uid, gid: this.#uid });
    this.#chown(made, uid, gid);
    parent.children.set(name, made);
  }

  /** Puts an entry there as if by magic: parents are made, nobody's permission is asked, links on the way are followed. */
  put(path: string, node: FakeNode): void {
    const names = path.split('/').filter((name) => name !== '');
    const last = names.pop();
    let folder = this.#root;
    let at = '';
    for (const name of names) {
      at += `/${name}`;
      const found = folder.children.get(name)?.kind === 'link' ? this.node(at, true) : folder.children.get(name);
      const next = found?.kind === 'dir' ? found : fakeNode('dir');
      if (next !== found) folder.children.set(name, next);
      folder = next;
    }
    if (last === undefined) return;
    const there = folder.children.get(last);
    if (node.kind === 'dir' && there?.kind === 'dir') Object.assign(there, { mode: node.mode, uid: node.uid, gid: node.gid });
    else folder.children.set(last, node);
  }

  /** A copy of every entry, which later changes leave alone. Data is shared: no act changes bytes in place. */
  copy(): FakeNode {
    return copyOf(this.#root);
  }

  /** Puts every entry back as it was when the copy was taken. */
  restore(copy: FakeNode): void {
    const { mode, uid, gid, children } = copyOf(copy);
    Object.assign(this.#root, { mode, uid, gid });
    this.#root.children.clear();
    for (const [name, child] of children) this.#root.children.set(name, child);
  }

  /** Every entry as one line of text: equal disks give equal text. */
  dump(): string {
    const lines: string[] = [];
    const visit = (node: FakeNode, at: string): void => {
      const content = node.kind === 'link' ? node.target : Buffer.from(node.data).toString('base64');
      lines.push(JSON.stringify([at, node.kind, node.mode, node.uid, node.gid, content]));
      for (const [name, child] of sorted(node)) visit(child, `${at}/${name}`);
    };
    visit(this.#root, '');
    return lines.join('\n');
  }

  #locate(path: string, followLast: boolean): Place {
    const trail: FakeNode[] = [this.#root];
    let pending = namesOf(path);
    let links = 0;
    while (pending.length > 0) {
      const [name, ...rest] = pending as [string, ...string[]];
      pending = rest;
      const here = trail.at(-1) as FakeNode;
      if (here.kind !== 'dir') throw new Errno('ENOTDIR');
      this.#require(here, SEARCH);
      if (name === '..') {
        if (trail.length > 1) trail.pop();
        continue;
      }
      const child = here.children.get(name);
      const last = rest.length === 0;
      if (child === undefined) {
        if (last) return { parent: here, name, node: undefined };
        throw new Errno('ENOENT');
      }
      if (child.kind === 'link' && (!last || followLast)) {
        links++;
        if (links > MOST_LINKS) throw new Errno('ELOOP');
        if (child.target.startsWith('/')) trail.length = 1;
        pending = [...namesOf(child.target), ...rest];
      } else if (last) {
        return { parent: here, name, node: child };
      } else {
        trail.push(child);
      }
    }
    return { parent: undefined, name: '', node: trail.at(-1) };
  }

  #require(node: FakeNode, bits: number): void {
    if (this.#uid === 0) return;
    const shift = node.uid === this.#uid ? 6 : node.gid === this.#uid ? 3 : 0;
    if (((node.mode >> shift) & bits) !== bits) throw new Errno('EACCES');
  }

  #chown(node: FakeNode, uid: number | undefined, gid: number | undefined): void {
    if (uid === undefined && gid === undefined) return;
    const same = (uid ?? node.uid) === node.uid && (gid ?? node.gid) === node.gid;
    if (this.#uid !== 0 && (!same || node.uid !== this.#uid)) throw new Errno('EPERM');
    node.uid = uid ?? node.uid;
    node.gid = gid ?? node.gid;
  }
}

/** What `stat` tells of an entry. */
export function statOf(node: FakeNode): FileStat {
  const size = node.kind === 'link' ? Buffer.byteLength(node.target) : node.data.length;
  return { kind: node.kind, mode: node.mode, uid: node.uid, gid: node.gid, size };
}

function copyOf(node: FakeNode): FakeNode {
  return { ...node, children: new Map([...node.children].map(([name, child]) => [name, copyOf(child)])) };
}

function sorted(node: FakeNode): [string, FakeNode][] {
  return [...node.children].sort(([a], [b]) => (a < b ? -1 : 1));
}

function namesOf(path: string): string[] {
  return path.split('/').filter((name) => name !== '' && name !== '.');
}

function parentOf(path: string): string {
  return `/${namesOf(path).slice(0, -1).join('/')}`;
}
