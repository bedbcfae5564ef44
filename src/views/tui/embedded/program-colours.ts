import type { CellColour } from '../../../model/screen-picture.ts';

/** The sixteen colours as most terminals have them: red, green and blue, each 0 to 255. */
const SIXTEEN: readonly (readonly [number, number, number])[] = [
  [0, 0, 0],
  [205, 0, 0],
  [0, 205, 0],
  [205, 205, 0],
  [0, 0, 238],
  [205, 0, 205],
  [0, 205, 205],
  [229, 229, 229],
  [127, 127, 127],
  [255, 0, 0],
  [0, 255, 0],
  [255, 255, 0],
  [92, 92, 255],
  [255, 0, 255],
  [0, 255, 255],
  [255, 255, 255],
];

/** The six strengths of each part in the palette's cube. */
const STRENGTHS = [0, 95, 135, 175, 215, 255];
const CUBE = 16;
const GREYS = 232;

type Rgb = readonly [number, number, number];

/** What switches a colour on, without the sequence's beginning and end: as near to it as a terminal of so many colours gets. */
export function colourCode(colour: CellColour, where: 'ink' | 'paper', colours: 16 | 256): string {
  const index = colours === 256 ? paletteIndex(colour) : sixteenIndex(colour);
  const base = where === 'ink' ? 30 : 40;
  if (index < 8) return `${base + index}`;
  if (index < CUBE) return `${base + 60 + index - 8}`;
  return `${base + 8};5;${index}`;
}

function paletteIndex(colour: CellColour): number {
  if (typeof colour === 'number') return colour;
  const [red, green, blue] = rgbOf(colour).map((part) => nearest(STRENGTHS, part)) as unknown as Rgb;
  return CUBE + 36 * red + 6 * green + blue;
}

function sixteenIndex(colour: CellColour): number {
  if (typeof colour === 'number' && colour < CUBE) return colour;
  const rgb = rgbOf(colour);
  const distances = SIXTEEN.map((one) => distance(one, rgb));
  return distances.indexOf(Math.min(...distances));
}

function rgbOf(colour: CellColour): Rgb {
  if (typeof colour === 'string') {
    const value = Number.parseInt(colour.slice(1), 16);
    return [(value >> 16) & 255, (value >> 8) & 255, value & 255];
  }
  if (colour >= GREYS) {
    const grey = 8 + 10 * (colour - GREYS);
    return [grey, grey, grey];
  }
  const at = colour - CUBE;
  return [Math.floor(at / 36), Math.floor(at / 6) % 6, at % 6].map((step) => STRENGTHS[step] ?? 0) as unknown as Rgb;
}

function nearest(values: readonly number[], value: number): number {
  const distances = values.map((one) => Math.abs(one - value));
  return distances.indexOf(Math.min(...distances));
}

function distance(one: Rgb, other: Rgb): number {
  return one.reduce((sum, part, at) => sum + (part - (other[at] ?? 0)) ** 2, 0);
}
