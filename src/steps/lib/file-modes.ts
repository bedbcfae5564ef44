/** A mode param (`'0750'`) as permission bits. */
export function modeBits(mode: string): number {
  return Number.parseInt(mode, 8);
}

/** Permission bits as the recipe writes them: four octal digits. */
export function shownMode(bits: number): string {
  return bits.toString(8).padStart(4, '0');
}
