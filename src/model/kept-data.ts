/**
 * Data that is there already and opens only with the value which a secret had when the data was made, and the vault
 * does not hold it. It is a file or folder, or a Docker volume.
 */
export type KeptData = {
  readonly secret: string;
  /** The recipe knows how to tell the running system of a new value. */
  readonly rotates?: true;
} & ({ readonly path: string } | { readonly volume: string });

/** The path, or the name of the volume. */
export function nameOfData(data: KeptData): string {
  return 'path' in data ? data.path : data.volume;
}
