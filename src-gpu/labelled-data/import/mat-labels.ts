/**
 * Points and classes in MAT-files.
 *
 * @module
 */
import { UniCellError } from '../../../shared/errors.ts';
import type { Size } from '../../../shared/image/source.ts';
import { type FileUnreadable, readRegular } from '../../slides/bytes/regular-file.ts';
import type { MatVariable } from './mat-reader.ts';
import { readMat } from './mat5.ts';

/** The variables of a MAT-file, asked for by name. */
export class MatLabels {
  readonly #variables: ReadonlyMap<string, MatVariable>;
  readonly #path: string;

  constructor(variables: ReadonlyMap<string, MatVariable>, path: string) {
    this.#variables = variables;
    this.#path = path;
  }

  /** @throws {UniCellError} `SOURCE_NOT_FOUND`, `POINTS_INVALID` (`readMat`). */
  static async read(path: string): Promise<MatLabels> {
    const bytes = await readRegular(path).catch((cause: FileUnreadable) => {
      throw new UniCellError('SOURCE_NOT_FOUND', `${path} cannot be read (${cause.reason}).`, {
        cause,
      });
    });
    return new MatLabels(readMat(bytes, path), path);
  }

  /**
   * The rows of an `N x 2` variable of x and y.
   *
   * @throws {UniCellError} `POINTS_INVALID` when it is missing, of another shape, or not finite.
   */
  points(name: string): { x: number; y: number }[] {
    const variable = this.#variable(name);
    const { dims } = variable;
    const values = variable.values();
    if (values.length === 0) return [];
    if (dims.length !== 2 || dims[1] !== 2) {
      throw this.#error(`${name} is ${dims.join(' x ')}; N x 2 is needed (x, y)`);
    }
    const count = dims[0]!;
    return Array.from({ length: count }, (_, row) => {
      const x = values[row]!;
      const y = values[count + row]!;
      if (Number.isFinite(x) && Number.isFinite(y)) return { x, y };
      throw this.#error(`${name}, row ${row + 1} is (${x}, ${y}); both must be finite numbers`);
    });
  }

  /**
   * One class number for each point, looked up in `classes`.
   *
   * @throws {UniCellError} `POINTS_INVALID` when there are more or fewer than `count`, or one is unknown.
   */
  classes<T>(
    name: string,
    count: number,
    pointsName: string,
    classes: ReadonlyMap<number, T>,
  ): T[] {
    const variable = this.#variable(name);
    const values = variable.values();
    if (values.length !== count) {
      throw this.#error(
        `${name} is ${variable.dims.join(' x ')} (${values.length} nuclei) but ${pointsName} has ${count}; they must be of one length`,
      );
    }
    return Array.from(values, (value, row) => {
      const found = classes.get(value);
      if (found !== undefined) return found;
      throw this.#error(
        `${name}, row ${row + 1} is ${value}; the classes are ${[...classes.keys()].join(', ')}`,
      );
    });
  }

  /**
   * Refuses labels of another resolution than their picture.
   *
   * @param name A label map, `height x width`; labels without one are not checked.
   * @throws {UniCellError} `POINTS_INVALID`.
   */
  requireMapOf(name: string, picture: Size): void {
    const dims = this.#variables.get(name)?.dims;
    if (!dims || (dims[0] === picture.height && dims[1] === picture.width)) return;
    throw this.#error(
      `${name} is ${dims[1]} x ${dims[0]} pixels but the picture is ${picture.width} x ${picture.height}; they must be of one size`,
    );
  }

  #variable(name: string): MatVariable {
    const variable = this.#variables.get(name);
    if (variable) return variable;
    const known = [...this.#variables.keys()].join(', ') || 'none';
    throw this.#error(`there is no variable ${name}; there are ${known}`);
  }

  #error(problem: string): UniCellError {
    return new UniCellError('POINTS_INVALID', `${this.#path}: ${problem}.`);
  }
}
