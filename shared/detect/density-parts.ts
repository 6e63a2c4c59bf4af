import type { ImageSource } from '../image/source.ts';
import { tissueMask } from '../tissue/tissue-mask.ts';
import type { DetectOptions } from './options.ts';
import type { DensityParts } from './summary.ts';

/**
 * What the densities of a picture are over, as those of a slide are: its regions, else its tissue. Of a picture all
 * windows are run, tissue or not.
 *
 * @param mpp Micrometres per pixel of the image.
 * @throws {UniCellError} `CANCELED`, and what reading throws.
 */
export async function densityParts(
  source: ImageSource,
  mpp: number,
  { regions, signal }: Pick<DetectOptions, 'regions' | 'signal'>,
): Promise<DensityParts> {
  return regions === undefined
    ? { tissue: await tissueMask(source, { mpp, signal }) }
    : { regions };
}
