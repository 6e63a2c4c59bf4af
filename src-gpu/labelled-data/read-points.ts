import type { Dataset } from '../../shared/datasets/dataset.ts';
import type { NucleiByImage, ReadOptions } from '../../shared/formats/format.ts';
import { formatOfFile } from '../../shared/formats/registry.ts';
import { readText } from './read-text.ts';

/**
 * Reads nuclei from a file in any format that the project writes; its extension says which.
 *
 * @param mppOf As of `ReadOptions`.
 *
 * @returns Nuclei by picture, under the empty name where the file does not say.
 * @throws {UniCellError} `FORMAT_UNKNOWN`, `SOURCE_NOT_FOUND`, `POINTS_INVALID`.
 */
export async function readPoints(
  path: string,
  dataset: Dataset,
  mppOf?: ReadOptions['mppOf'],
): Promise<NucleiByImage> {
  const { read } = await formatOfFile(path).loadReader();
  return read(await readText(path), { dataset, origin: path, mppOf });
}
