/** A reference with the tag that Docker assumes: `nginx` is `nginx:latest`; digests and ids stay. */
export function withTag(reference: string): string {
  if (reference.includes('@') || /^sha256:/.test(reference)) return reference;
  return reference.slice(reference.lastIndexOf('/') + 1).includes(':') ? reference : `${reference}:latest`;
}
