/**
 * A coarse map that answers "what is here?" for single cells that look for a place.
 *
 * @module
 */
import type { Contour } from './contour.ts';
import type { Frame } from './frame.ts';
import type { TissueLayout } from './layout.ts';

const SPACING_UM = 2;

/** What can be somewhere. */
export type Ground = 'stroma' | 'aggregate' | 'taken';

const GROUNDS: readonly Ground[] = ['stroma', 'aggregate', 'taken'];

export class Territory {
  readonly #frame: Frame;
  readonly #width: number;
  readonly #height: number;
  readonly #ground: Uint8Array;

  constructor(layout: TissueLayout) {
    this.#frame = layout.frame;
    this.#width = Math.ceil((layout.frame.width + 2 * layout.frame.margin) / SPACING_UM);
    this.#height = Math.ceil((layout.frame.height + 2 * layout.frame.margin) / SPACING_UM);
    this.#ground = new Uint8Array(this.#width * this.#height);
    for (const aggregate of layout.aggregates) this.#mark(aggregate, 0, 'aggregate');
    for (const gland of layout.glands) this.#mark(gland.contour, 1.5 + gland.cleft, 'taken');
    for (const vessel of layout.vessels) this.#mark(vessel.contour, 2, 'taken');
  }

  /** What lies at a point; outside the map everything is taken. */
  at(x: number, y: number): Ground {
    const column = Math.floor((x + this.#frame.margin) / SPACING_UM);
    const row = Math.floor((y + this.#frame.margin) / SPACING_UM);
    if (column < 0 || row < 0 || column >= this.#width || row >= this.#height) return 'taken';
    return GROUNDS[this.#ground[row * this.#width + column]!]!;
  }

  #mark(contour: Contour, gap: number, ground: Ground): void {
    const reach = contour.maxRadius + gap;
    const { margin } = this.#frame;
    const left = Math.max(0, Math.floor((contour.x - reach + margin) / SPACING_UM));
    const right = Math.min(this.#width, Math.ceil((contour.x + reach + margin) / SPACING_UM));
    const top = Math.max(0, Math.floor((contour.y - reach + margin) / SPACING_UM));
    const bottom = Math.min(this.#height, Math.ceil((contour.y + reach + margin) / SPACING_UM));
    for (let row = top; row < bottom; row++) {
      for (let column = left; column < right; column++) {
        const x = (column + 0.5) * SPACING_UM - margin;
        const y = (row + 0.5) * SPACING_UM - margin;
        if (contour.depth(x, y) > -gap) {
          this.#ground[row * this.#width + column] = GROUNDS.indexOf(ground);
        }
      }
    }
  }
}
