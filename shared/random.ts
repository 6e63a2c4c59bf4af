/**
 * Random numbers that are the same everywhere: sfc32 of Chris Doty-Humphrey's PractRand
 * (http://pracrand.sourceforge.net, public domain), seeded as PractRand seeds it from 64 bits.
 *
 * @module
 */

/** A seeded stream of random numbers. */
export class Random {
  #a = 0;
  #b: number;
  #c: number;
  #counter = 1;

  /** @param low Low 32 bits of the seed. @param high High 32 bits of the seed. */
  constructor(low: number, high: number) {
    this.#b = low | 0;
    this.#c = high | 0;
    for (let i = 0; i < 12; i++) this.bits();
  }

  /** 32 random bits, as an unsigned integer. */
  bits(): number {
    const sum = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0;
    return sum >>> 0;
  }

  /** Uniform in `[low, high)`. */
  uniform(low = 0, high = 1): number {
    return low + (high - low) * (this.bits() / 0x1_0000_0000);
  }

  /** True with this probability. */
  chance(probability: number): boolean {
    return this.uniform() < probability;
  }

  /** Normal deviate (Box and Muller 1958). */
  normal(mean = 0, sd = 1): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()));
    return mean + sd * radius * Math.cos(2 * Math.PI * this.uniform());
  }

  /** Zero mean, unit variance, triangular density: a cheap stand-in for a normal deviate per pixel. */
  triangular(): number {
    const bits = this.bits();
    return ((bits & 0xffff) + (bits >>> 16) - 0xffff) * (Math.sqrt(6) / 0xffff);
  }
}

/**
 * One independent stream per purpose, so that a change to how glands are drawn moves no lymphocyte.
 *
 * @param seed Any safe integer.
 * @param purpose Name of what the stream is for; hashed with FNV-1a.
 */
export function streamFor(seed: number, purpose: string): Random {
  let hash = 0x811c9dc5;
  for (let i = 0; i < purpose.length; i++) {
    hash = Math.imul(hash ^ purpose.charCodeAt(i), 0x01000193);
  }
  const high = Math.floor(seed / 0x1_0000_0000);
  return new Random(seed | 0, Math.imul(high, 0x9e3779b1) ^ hash);
}
