/**
 * Which nuclei stand where, and whether one more would fit: Poisson-disc-like placement by dart
 * throwing, with distances that follow the ellipses and not only the centres.
 *
 * @module
 */
import { Neighbourhood } from './neighbourhood.ts';
import type { Nucleus } from './nucleus.ts';

/** Two centres are never closer, micrometres. */
export const MIN_CENTRE_DISTANCE_UM = 4;
/** Above twice the longest half axis. */
const CELL_UM = 20;

export class Crowd {
  readonly #neighbours = new Neighbourhood<Nucleus>(CELL_UM);
  readonly nuclei: Nucleus[] = [];

  /**
   * Adds a nucleus when it fits.
   *
   * @param tightness 1 when outlines may touch; below 1 they may overlap by so much.
   * @returns Whether it was added.
   */
  add(nucleus: Nucleus, tightness: number): boolean {
    const fits = this.#neighbours.every(nucleus.x, nucleus.y, (other) => {
      const dx = other.x - nucleus.x;
      const dy = other.y - nucleus.y;
      const direction = Math.atan2(dy, dx);
      const needed = tightness * (reach(nucleus, direction) + reach(other, direction));
      return Math.hypot(dx, dy) >= Math.max(MIN_CENTRE_DISTANCE_UM, needed);
    });
    if (!fits) return false;
    this.#neighbours.add(nucleus);
    this.nuclei.push(nucleus);
    return true;
  }
}

/** Radius of the nucleus's ellipse in a direction. */
function reach(nucleus: Nucleus, direction: number): number {
  const c = Math.cos(direction - nucleus.angle) / nucleus.long;
  const s = Math.sin(direction - nucleus.angle) / nucleus.short;
  return 1 / Math.sqrt(c * c + s * s);
}
