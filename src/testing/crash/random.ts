/** Numbers that look drawn, and are the same for the same seed. */
export interface Random {
  /** From 0 up to, not including, 1. */
  share(): number;
  /** A whole number from `least` to `most`, both included. */
  whole(least: number, most: number): number;
  /** True in `probability` of all draws. */
  chance(probability: number): boolean;
}

/** A generator for a seed of 32 bits (mulberry32 by Tommy Ettinger: small, and good enough to draw moments with). */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  const share = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  };
  return {
    share,
    whole: (least, most) => least + Math.floor(share() * (most - least + 1)),
    chance: (probability) => share() < probability,
  };
}

/** One seed out of two numbers: neighbours lead to seeds that have nothing in common. */
export function joinSeeds(one: number, other: number): number {
  return Math.floor(createRandom(one ^ Math.imul(other, 0x9e3779b1)).share() * 0x1_0000_0000);
}
