/**
 * The formats by id. A format's code is imported when somebody asks for it.
 *
 * @module
 */
import { UniCellError } from '../errors.ts';
import type { Format } from './format.ts';

export const FORMATS: readonly Format[] = [
  {
    id: 'json',
    description: 'JSON, one object per nucleus',
    mediaType: 'application/json',
    extension: 'json',
    load: () => import('./json.ts'),
  },
  {
    id: 'json-columns',
    description: 'JSON, one array per column: a fifth of the size',
    mediaType: 'application/json',
    extension: 'columns.json',
    load: () => import('./json-columns.ts'),
  },
  {
    id: 'csv',
    description: 'CSV with the columns x, y, class, score',
    mediaType: 'text/csv',
    extension: 'csv',
    load: () => import('./csv.ts'),
  },
  {
    id: 'qupath',
    description: 'GeoJSON as QuPath reads it, one point detection per nucleus',
    mediaType: 'application/geo+json',
    extension: 'geojson',
    load: () => import('./qupath.ts'),
  },
];

/**
 * Finds a format by its id.
 *
 * @throws {UniCellError} `FORMAT_UNKNOWN`, listing those there are.
 * @example
 * const { write } = await findFormat('csv').load();
 */
export function findFormat(id: string): Format {
  const format = FORMATS.find((one) => one.id === id);
  if (format === undefined) {
    throw new UniCellError(
      'FORMAT_UNKNOWN',
      `The format "${id}" is not known; there are ${FORMATS.map((one) => one.id).join(', ')}.`,
    );
  }
  return format;
}

/**
 * Finds the format of a file by its extension, the longest that fits; case does not matter.
 *
 * @throws {UniCellError} `FORMAT_UNKNOWN`, listing the extensions.
 */
export function formatOfFile(fileName: string): Format {
  const name = fileName.toLowerCase();
  const fitting = FORMATS.filter(({ extension }) => name.endsWith(`.${extension}`));
  const format = fitting.toSorted((a, b) => b.extension.length - a.extension.length)[0];
  if (format === undefined) {
    throw new UniCellError(
      'FORMAT_UNKNOWN',
      `${fileName} has none of the extensions ${FORMATS.map(({ extension }) => `.${extension}`).join(', ')}.`,
    );
  }
  return format;
}
