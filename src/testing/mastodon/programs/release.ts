/** Which Mastodon the image says to be; the image's environment tells. */
export type Release = '4.0' | '4.3' | '4.4';

const KNOWN = { '4.0': 'v4.0.2', '4.3': 'v4.3.17', '4.4': 'v4.4.8' } as const;

/** That of this image. */
export const release = (process.env.STAND_IN_RELEASE ?? '4.3') as Release;

/** Its whole number, without the `v`. */
export const version: string = KNOWN[release].slice(1);

/** Is it this one, or a later one? */
export const isSince = (first: Release): boolean => Object.keys(KNOWN).indexOf(release) >= Object.keys(KNOWN).indexOf(first);
