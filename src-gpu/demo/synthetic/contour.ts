/**
 * A closed outline around a centre, star-shaped: an ellipse with low-order Fourier noise. Glands,
 * vessels and lymphoid aggregates are such outlines. Micrometres.
 *
 * @module
 */
import type { Random } from '../../../shared/random.ts';

const STEPS = 512;
const TURN = 2 * Math.PI;

/** What an outline is made of. */
export interface ContourOptions {
  readonly x: number;
  readonly y: number;
  /** Half axes of the ellipse. */
  readonly long: number;
  readonly short: number;
  /** Direction of the long axis, radians. */
  readonly angle: number;
  /** Amplitude of the contour noise, as a part of the radius. */
  readonly roughness: number;
}

export class Contour {
  readonly x: number;
  readonly y: number;
  readonly maxRadius: number;
  readonly perimeter: number;
  readonly #radius = new Float64Array(STEPS);
  /** Cosine of the angle between the radius and the normal. */
  readonly #slant = new Float64Array(STEPS);
  /** Length of the outline from angle 0. */
  readonly #arc = new Float64Array(STEPS + 1);

  constructor(options: ContourOptions, random: Random) {
    const { x, y, long, short, angle, roughness } = options;
    this.x = x;
    this.y = y;
    const waves = [2, 3, 4, 5, 7].map((order) => ({
      order,
      amplitude: (random.normal() * roughness) / Math.sqrt(order),
      phase: random.uniform(0, TURN),
    }));
    for (let i = 0; i < STEPS; i++) {
      const theta = (i / STEPS) * TURN;
      const c = Math.cos(theta - angle) / long;
      const s = Math.sin(theta - angle) / short;
      let factor = 1;
      for (const w of waves) factor += w.amplitude * Math.cos(w.order * theta + w.phase);
      this.#radius[i] = Math.max(0.4, factor) / Math.sqrt(c * c + s * s);
    }
    for (let i = 0; i < STEPS; i++) {
      const radius = this.#radius[i]!;
      const next = this.#radius[(i + 1) % STEPS]!;
      const before = this.#radius[(i + STEPS - 1) % STEPS]!;
      const slope = ((next - before) * STEPS) / (2 * TURN);
      this.#slant[i] = radius / Math.hypot(radius, slope);
      this.#arc[i + 1] = this.#arc[i]! + Math.hypot(next - radius, (radius * TURN) / STEPS);
    }
    this.maxRadius = this.#radius.reduce((a, b) => Math.max(a, b));
    this.perimeter = this.#arc[STEPS]!;
  }

  /** Direction of a point seen from the centre, radians in `[0, 2 pi)`. */
  angleTo(x: number, y: number): number {
    const theta = Math.atan2(y - this.y, x - this.x);
    return theta < 0 ? theta + TURN : theta;
  }

  /** Distance to the outline, near it: positive inside, negative outside. */
  depth(x: number, y: number, theta = this.angleTo(x, y)): number {
    const i = Math.floor((theta / TURN) * STEPS) % STEPS;
    return (this.radius(theta) - Math.hypot(x - this.x, y - this.y)) * this.#slant[i]!;
  }

  /** Radius in a direction. */
  radius(theta: number): number {
    const turns = theta / TURN;
    const position = (turns - Math.floor(turns)) * STEPS;
    const i = Math.floor(position) % STEPS;
    const here = this.#radius[i]!;
    return here + (position - Math.floor(position)) * (this.#radius[(i + 1) % STEPS]! - here);
  }

  /** The point of the outline in a direction, and the direction of the inward normal there. */
  at(theta: number): { x: number; y: number; normal: number } {
    const radius = this.radius(theta);
    const step = TURN / STEPS;
    const slope = (this.radius(theta + step) - this.radius(theta - step)) / (2 * step);
    return {
      x: this.x + radius * Math.cos(theta),
      y: this.y + radius * Math.sin(theta),
      normal: theta + Math.PI - Math.atan2(slope, radius),
    };
  }

  /** The direction in which the outline, followed from angle 0, has this length. */
  angleAtArc(length: number): number {
    let low = 0;
    let high = STEPS;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (this.#arc[middle]! <= length) low = middle;
      else high = middle;
    }
    const span = this.#arc[low + 1]! - this.#arc[low]!;
    return ((low + (length - this.#arc[low]!) / span) / STEPS) * TURN;
  }
}
