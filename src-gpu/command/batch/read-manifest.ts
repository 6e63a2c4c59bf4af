import { dirname, resolve } from 'node:path';
import { nearestName } from '../../../shared/datasets/nearest-name.ts';
import { parseDecimal } from '../../../shared/decimal.ts';
import { UniCellError } from '../../../shared/errors.ts';
import { readTable, type TableRow } from '../../labelled-data/table.ts';
import type { SlideInput } from './slide-input.ts';

const COLUMNS = ['path', 'mpp', 'dataset'];

/**
 * Reads a list of slides: a CSV file with the column `path`, and `mpp` and `dataset` where they are not the same for all. Paths
 * are relative to the file. Empty cells leave to the options what they leave out; further columns are ignored.
 *
 * @throws {UniCellError} `SOURCE_NOT_FOUND`; `INVALID_OPTIONS`, naming the line.
 */
export async function readManifest(path: string): Promise<SlideInput[]> {
  const rows = await readTable(path, ['path']).catch((error: unknown) => {
    if (!(error instanceof UniCellError) || error.code !== 'POINTS_INVALID') throw error;
    throw new UniCellError('INVALID_OPTIONS', `The manifest ${error.message}`, { cause: error });
  });
  const names = Object.keys(rows[0]?.cells ?? {});
  for (const name of names) {
    const near = COLUMNS.includes(name) ? undefined : nearestName(name, COLUMNS);
    if (near !== undefined && !names.includes(near)) {
      throw new UniCellError(
        'INVALID_OPTIONS',
        `The manifest ${path} has a column "${name}". Did you mean "${near}"? The columns are ${COLUMNS.join(', ')}.`,
      );
    }
  }
  if (rows.length === 0) {
    throw new UniCellError('INVALID_OPTIONS', `The manifest ${path} has no row. Each is a slide.`);
  }
  return rows.map((row) => inputOf(row, path));
}

function inputOf({ line, cells }: TableRow, manifest: string): SlideInput {
  const { path = '', mpp = '', dataset = '' } = cells;
  const refuse = (what: string) =>
    new UniCellError('INVALID_OPTIONS', `The manifest ${manifest}, line ${line}: ${what}`);
  if (path === '') throw refuse('the column path is empty; it must name a slide.');
  const value = mpp === '' ? undefined : parseDecimal(mpp.replace(/^(\d+),(\d+)$/, '$1.$2'));
  if (mpp !== '' && (value === undefined || !(value >= 0.05 && value <= 10))) {
    throw refuse(`mpp is ${JSON.stringify(mpp)}; it must be between 0.05 and 10 um per pixel.`);
  }
  const datasets = dataset.split(/[,; ]+/).filter((id) => id !== '');
  const isUrl = /^https?:\/\//i.test(path);
  return {
    location: isUrl ? path : resolve(dirname(manifest), path),
    mpp: value,
    dataset: datasets.length > 0 ? datasets : undefined,
  };
}
