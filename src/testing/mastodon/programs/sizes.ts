const UNITS = ['Bytes', 'KB', 'MB', 'GB', 'TB', 'PB'];

/** A number of bytes in the words of the original: three digits that matter, and no zeros at the end. */
export function humanSize(bytes: number): string {
  if (bytes === 1) return '1 Byte';
  const power = bytes < 1024 ? 0 : Math.min(Math.floor(Math.log2(bytes) / 10), UNITS.length - 1);
  const number = bytes / 1024 ** power;
  const digits = power === 0 ? number : Number(number.toPrecision(3));
  return `${digits} ${UNITS[power]}`;
}
