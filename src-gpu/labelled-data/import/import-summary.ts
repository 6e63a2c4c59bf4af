import { type LabelPoint, type LeftOut, SPLITS, type Split } from './importer.ts';

/** Pictures and nuclei of one split. */
export interface SplitCount {
  readonly split: Split;
  readonly images: number;
  readonly nuclei: number;
  /** Nuclei by class, as `points.csv` spells it. */
  readonly classes: Readonly<Record<string, number>>;
  /** Nuclei whose class nobody says. */
  readonly unknown: number;
}

/** Counts what an import wrote and what it left out. */
export class ImportSummary {
  /** Boxes in `ignore.csv`. */
  ignored = 0;
  readonly #classes: readonly string[];
  readonly #images = new Map<Split, number>();
  readonly #nuclei = new Map<string, number>();
  readonly #leftOut = new Map<string, number>();

  constructor(classes: readonly string[], leftOut: readonly LeftOut[] = []) {
    this.#classes = classes;
    this.#leave(leftOut);
  }

  add(split: Split, points: readonly LabelPoint[], leftOut: readonly LeftOut[]): void {
    count(this.#images, split, 1);
    for (const point of points) count(this.#nuclei, `${split} ${point.class}`, 1);
    this.#leave(leftOut);
  }

  /** Those that have pictures. */
  splits(): SplitCount[] {
    return SPLITS.filter((split) => this.#images.has(split)).map((split) => {
      const of = (name: string) => this.#nuclei.get(`${split} ${name}`) ?? 0;
      const classes = Object.fromEntries(this.#classes.map((name) => [name, of(name)]));
      const unknown = of('');
      const nuclei = Object.values(classes).reduce((sum, one) => sum + one, unknown);
      return { split, images: this.#images.get(split)!, nuclei, classes, unknown };
    });
  }

  leftOut(): LeftOut[] {
    return [...this.#leftOut].map(([what, count]) => ({ what, count }));
  }

  #leave(leftOut: readonly LeftOut[]): void {
    for (const one of leftOut) if (one.count > 0) count(this.#leftOut, one.what, one.count);
  }
}

function count<K>(counts: Map<K, number>, key: K, more: number): void {
  counts.set(key, (counts.get(key) ?? 0) + more);
}
