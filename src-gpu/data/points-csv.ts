/**
 * Nuclei in CSV files: labels, and predictions of `unicell detect` or of anybody else.
 *
 * @module
 */
import { type Dataset, findClass } from '../../shared/datasets/dataset.ts';
import { UniCellError } from '../../shared/errors.ts';
import { NucleiBuilder } from '../../shared/nuclei/builder.ts';
import type { Nuclei } from '../../shared/nuclei/nuclei.ts';
import { type CsvRow, readCsv } from './csv.ts';

/** Class of a nucleus whose label is empty: it is one, but nobody says which. */
export const unknownClass = 255;

/**
 * Reads points with the columns x, y, class and, where there are several pictures, image.
 *
 * @returns Nuclei by picture; under the empty name when the file has no column `image`.
 * @throws {UniCellError} `SOURCE_NOT_FOUND`; `POINTS_INVALID` naming the line of a coordinate that is not
 *   a finite number or of a class that the dataset has not.
 */
export async function readPointsCsv(path: string, dataset: Dataset): Promise<Map<string, Nuclei>> {
  const builders = new Map<string, NucleiBuilder>();
  for (const row of await readCsv(path, ['x', 'y', 'class'])) {
    const image = row.cells.image ?? '';
    let builder = builders.get(image);
    if (!builder) {
      builder = new NucleiBuilder();
      builders.set(image, builder);
    }
    const classIndex = classOf(path, row, dataset);
    builder.push(coordinate(path, row, 'x'), coordinate(path, row, 'y'), classIndex, 1);
  }
  return new Map([...builders].map(([image, builder]) => [image, builder.build()]));
}

function coordinate(path: string, { line, cells }: CsvRow, axis: 'x' | 'y'): number {
  const text = cells[axis]!;
  const value = Number(text);
  if (text === '' || !Number.isFinite(value)) {
    throw new UniCellError(
      'POINTS_INVALID',
      `${path}, line ${line}: ${axis} is ${JSON.stringify(text)}; it must be a finite number of pixels.`,
    );
  }
  return value;
}

function classOf(path: string, { line, cells }: CsvRow, dataset: Dataset): number {
  const name = cells.class!;
  if (name === '') return unknownClass;
  const index = findClass(dataset, name);
  if (index < 0) {
    throw new UniCellError(
      'POINTS_INVALID',
      `${path}, line ${line}: ${dataset.id} has no class ${JSON.stringify(name)}; it has ` +
        `${dataset.classes.map((one) => one.name).join(', ')}. An empty class is a nucleus of unknown class.`,
    );
  }
  return index;
}
