/**
 * Nuclei in CSV files: labels, and predictions of `unicell detect` or of anybody else.
 *
 * @module
 */
import { type Dataset, findClass } from '../../shared/datasets/dataset.ts';
import { UniCellError } from '../../shared/errors.ts';
import { type LabelledPoints, UNKNOWN_CLASS } from '../../shared/scoring/labelled-points.ts';
import { type CsvRow, readCsv } from './csv.ts';

interface Columns {
  readonly x: number[];
  readonly y: number[];
  readonly class: number[];
}

/**
 * Reads points with the columns x, y, class and, where there are several pictures, image. An empty class
 * is a nucleus of unknown class.
 *
 * @returns Points by picture; under the empty name when the file has no column `image`.
 * @throws {UniCellError} `SOURCE_NOT_FOUND`; `POINTS_INVALID` naming the line of a coordinate that is not
 *   a finite number or of a class that the dataset has not.
 */
export async function readPointsCsv(
  path: string,
  dataset: Dataset,
): Promise<Map<string, LabelledPoints>> {
  const images = new Map<string, Columns>();
  for (const row of await readCsv(path, ['x', 'y', 'class'])) {
    const image = row.cells.image ?? '';
    let columns = images.get(image);
    if (!columns) {
      columns = { x: [], y: [], class: [] };
      images.set(image, columns);
    }
    columns.x.push(coordinate(path, row, 'x'));
    columns.y.push(coordinate(path, row, 'y'));
    columns.class.push(classOf(path, row, dataset));
  }
  return images;
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
  if (name === '') return UNKNOWN_CLASS;
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
