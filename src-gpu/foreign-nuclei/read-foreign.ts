import { UniCellError } from '../../shared/errors.ts';
import { readText } from '../labelled-data/read-text.ts';
import type { ForeignNuclei, Unit } from './foreign-nuclei.ts';

/**
 * Reads nuclei that another program found; the extension says how: `.geojson` and `.json`, `.csv`, `.tsv` and `.txt`, all of
 * them also gzipped, and `.parquet`.
 *
 * @param unit What the coordinates count; by the file when left out.
 * @throws {UniCellError} `FORMAT_UNKNOWN`, `SOURCE_NOT_FOUND`, `POINTS_INVALID`, `INVALID_OPTIONS`.
 */
export async function readForeign(path: string, unit?: Unit): Promise<ForeignNuclei> {
  const name = path.toLowerCase().replace(/\.gz$/, '');
  let nuclei: ForeignNuclei;
  if (/\.(geo)?json$/.test(name)) {
    const { readGeoJson } = await import('./read-geojson.ts');
    nuclei = readGeoJson(await readText(path), path, unit);
  } else if (/\.(csv|tsv|txt)$/.test(name)) {
    const { readTable } = await import('./read-table.ts');
    nuclei = readTable(await readText(path), path, unit);
  } else if (name.endsWith('.parquet')) {
    const { readParquet } = await import('./read-parquet.ts');
    nuclei = await readParquet(path, unit);
  } else {
    throw new UniCellError(
      'FORMAT_UNKNOWN',
      `${path} has none of the extensions .geojson, .json, .csv, .tsv, .txt (also with .gz) and .parquet.`,
    );
  }
  if (nuclei.points.x.length > 0) return nuclei;
  throw new UniCellError('POINTS_INVALID', `${path} holds no nuclei. Export them again.`);
}
