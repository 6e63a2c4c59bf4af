/**
 * Gathers what a reader finds, picture by picture, and refuses what is no nucleus.
 *
 * @module
 */
import { type Dataset, findClass } from '../datasets/dataset.ts';
import { UniCellError } from '../errors.ts';
import { NucleiBuilder } from '../nuclei/builder.ts';
import { MAX_COORDINATE, UNKNOWN_CLASS } from '../scoring/labelled-points.ts';
import type { NucleiByImage, ReadOptions } from './format.ts';

export class NucleiCollector {
  readonly #dataset: Dataset;
  readonly #origin: string;
  readonly #unit: string;
  readonly #builders = new Map<string, NucleiBuilder>();
  readonly #classes: Map<string, number>;

  /** @param unit What the file counts its nuclei by, for messages: `line`, `feature`. */
  constructor({ dataset, origin }: ReadOptions, unit: string) {
    this.#dataset = dataset;
    this.#origin = origin;
    this.#unit = unit;
    this.#classes = new Map([['', dataset.takesAnyClass ? 0 : UNKNOWN_CLASS]]);
  }

  /** Makes sure that the picture is in the result, even without nuclei. */
  addImage(image: string): NucleiBuilder {
    let builder = this.#builders.get(image);
    if (builder === undefined) {
      builder = new NucleiBuilder();
      this.#builders.set(image, builder);
    }
    return builder;
  }

  /**
   * @param place Which line or feature this is.
   * @param className Empty, `null` or `undefined` when nobody says.
   * @param score 1 when `undefined`.
   */
  add(
    image: string,
    place: number,
    x: unknown,
    y: unknown,
    className: unknown,
    score: unknown = 1,
  ): void {
    if (!isCoordinate(x) || !isCoordinate(y)) {
      const [axis, value] = isCoordinate(x) ? ['y', y] : ['x', x];
      const found = typeof value === 'number' ? String(value) : JSON.stringify(value);
      throw this.error(
        place,
        `${axis} is ${found}; it must be a finite number of pixels of at most ${MAX_COORDINATE}.`,
      );
    }
    if (typeof score !== 'number' || !Number.isFinite(score)) {
      throw this.error(place, `the score is ${JSON.stringify(score)}; it must be a finite number.`);
    }
    this.addImage(image).push(x, y, this.#classIndex(place, className ?? ''), score);
  }

  finish(): NucleiByImage {
    return new Map([...this.#builders].map(([image, builder]) => [image, builder.build()]));
  }

  error(place: number, problem: string): UniCellError {
    return new UniCellError(
      'POINTS_INVALID',
      `${this.#origin}, ${this.#unit} ${place}: ${problem}`,
    );
  }

  #classIndex(place: number, name: unknown): number {
    const known = this.#classes.get(name as string);
    if (known !== undefined) return known;
    const index = typeof name === 'string' ? this.#find(name) : -1;
    if (index < 0) {
      const names = this.#dataset.classes.map((one) => one.name).join(', ');
      throw this.error(
        place,
        `${this.#dataset.id} has no class ${JSON.stringify(name)}; it has ${names}. An empty class is a nucleus of unknown class.`,
      );
    }
    this.#classes.set(name as string, index);
    return index;
  }

  #find(name: string): number {
    return this.#dataset.takesAnyClass ? 0 : findClass(this.#dataset, name);
  }
}

function isCoordinate(value: unknown): value is number {
  return typeof value === 'number' && Math.abs(value) <= MAX_COORDINATE;
}
