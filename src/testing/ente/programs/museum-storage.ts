import { log } from './museum-log.ts';
import type { Settings } from './museum-settings.ts';
import { askStore, type Store, type Stored } from './s3.ts';

/** Where the original keeps what it is given; the names are fixed in it. */
const PLACES = ['b2-eu-cen', 'wasabi-eu-central-2-v3', 'scw-eu-fr-v3'] as const;

function storeOf(settings: Settings, place: string): Store & { readonly bucket: string } {
  const of = (name: string): string => settings.text(`s3.${place}.${name}`);
  const scheme = settings.truth('s3.are_local_buckets') ? 'http' : 'https';
  return {
    endpoint: `${scheme}://${of('endpoint')}`,
    key: of('key'),
    secret: of('secret'),
    region: of('region'),
    bucket: of('bucket'),
  };
}

/** Says in the log which buckets there is no coming at. The server runs without them, as the original does. */
export async function checkBuckets(settings: Settings): Promise<void> {
  for (const place of PLACES) {
    const { bucket, ...store } = storeOf(settings, place);
    try {
      failOn(await askStore(store, 'GET', `/${bucket}?list-type=2`));
    } catch (error) {
      const words = error instanceof Error ? error.message : String(error);
      log.error('object_cleanup.go:141 clearOrphanObjects', `Could not reach the bucket ${bucket} of ${place}: ${words}`);
    }
  }
}

/** Puts an object into the first of the three buckets. */
export async function writeObject(settings: Settings, name: string, bytes: Buffer): Promise<void> {
  const { bucket, ...store } = storeOf(settings, PLACES[0]);
  failOn(await askStore(store, 'PUT', `/${bucket}/${name}`, bytes));
}

/** Gets it again. */
export async function readObject(settings: Settings, name: string): Promise<Buffer> {
  const { bucket, ...store } = storeOf(settings, PLACES[0]);
  const stored = await askStore(store, 'GET', `/${bucket}/${name}`);
  failOn(stored);
  return stored.body;
}

function failOn({ status, code, message }: Stored): void {
  if (status >= 400) throw new Error(`${code}: ${message}\n\tstatus code: ${status}`);
}
