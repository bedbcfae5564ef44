/** So many values are copied where one is changed, and one pointer for each further so many. */
const CHUNK = 32;

/** A map that never changes. Of one with a thousand keys a copy with another value costs as much as copying sixty. */
export class FixedMap<K, V> implements ReadonlyMap<K, V> {
  readonly #places: ReadonlyMap<K, number>;
  readonly #chunks: readonly (readonly V[])[];

  private constructor(places: ReadonlyMap<K, number>, chunks: readonly (readonly V[])[]) {
    this.#places = places;
    this.#chunks = chunks;
  }

  /** The map of these entries, in their order; of a key that comes twice the last value counts. */
  static of<K, V>(entries: Iterable<readonly [K, V]>): FixedMap<K, V> {
    const map = new Map(entries);
    const values = [...map.values()];
    const chunks: V[][] = [];
    for (let start = 0; start < values.length; start += CHUNK) chunks.push(values.slice(start, start + CHUNK));
    return new FixedMap(new Map([...map.keys()].map((key, place) => [key, place])), chunks);
  }

  /** The same map, but with this value for one of its keys; for any other key it is the same. */
  with(key: K, value: V): FixedMap<K, V> {
    const place = this.#places.get(key);
    if (place === undefined) return this;
    const at = Math.floor(place / CHUNK);
    return new FixedMap(this.#places, this.#chunks.with(at, (this.#chunks[at] ?? []).with(place % CHUNK, value)));
  }

  get size(): number {
    return this.#places.size;
  }

  get(key: K): V | undefined {
    const place = this.#places.get(key);
    return place === undefined ? undefined : this.#chunks[Math.floor(place / CHUNK)]?.[place % CHUNK];
  }

  has(key: K): boolean {
    return this.#places.has(key);
  }

  forEach(act: (value: V, key: K, map: ReadonlyMap<K, V>) => void, self?: unknown): void {
    for (const [key, value] of this) act.call(self, value, key, this);
  }

  keys(): MapIterator<K> {
    return this.#places.keys();
  }

  *values(): MapIterator<V> {
    for (const chunk of this.#chunks) yield* chunk;
  }

  *entries(): MapIterator<[K, V]> {
    const values = this.values();
    for (const key of this.keys()) yield [key, values.next().value as V];
  }

  [Symbol.iterator](): MapIterator<[K, V]> {
    return this.entries();
  }
}
