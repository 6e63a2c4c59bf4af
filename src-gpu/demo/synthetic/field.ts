/**
 * A synthetic H&E field: colon-like tissue with every nucleus at a known place. For tests without
 * anybody's data, for the demo without a network, for images in the docs; never for accuracy.
 *
 * @module
 */
import { UniCellError } from '../../../shared/errors.ts';
import type { Raster } from '../../../shared/image/raster.ts';
import { streamFor } from '../../../shared/random.ts';
import { Crowd } from './crowd.ts';
import { fillGland } from './gland.ts';
import { paintGland } from './gland-paint.ts';
import { layOut } from './layout.ts';
import type { NucleusKind } from './nucleus.ts';
import { chromatinTexture, paintNucleus } from './nucleus-paint.ts';
import { blurInPlace, exposeChannel, sharpenInPlace } from './optics.ts';
import { populateStroma } from './populate.ts';
import { slideColours, stainPlanes, transmittedLight } from './stain.ts';
import { paintPlasmaCell, paintStroma } from './stroma-paint.ts';
import { tissueTexture } from './texture.ts';
import { lineVessel, paintVessel } from './vessel.ts';

export type { NucleusKind } from './nucleus.ts';

/** What to draw. Everything has a default. */
export interface SyntheticFieldOptions {
  /** Pixels, an integer of at least 1; 1024. `width * height` may be up to {@link MAX_PIXELS}. */
  readonly width?: number;
  /** Pixels, as `width`. */
  readonly height?: number;
  /** Micrometres per pixel, 0.1 to 2; 0.5. */
  readonly mpp?: number;
  /** Any safe integer; 1. The same options give the same bytes. */
  readonly seed?: number;
}

/** A nucleus that was drawn. Pixels of the image, (0, 0) at the top left corner of its first pixel. */
export interface SyntheticNucleus {
  readonly x: number;
  readonly y: number;
  readonly kind: NucleusKind;
}

/** An image and the truth about it. */
export interface SyntheticField {
  readonly raster: Raster;
  /** Every nucleus whose centre lies in the image. Others may show a part at its border. */
  readonly nuclei: readonly SyntheticNucleus[];
}

/** 8192 x 8192; drawing takes about 40 bytes for each. */
export const MAX_PIXELS = 8192 * 8192;

const MARGIN_UM = 14;
const PSF_SIGMA_UM = 0.28;
const SHARPEN_SIGMA_UM = 0.6;
const SHARPEN_AMOUNT = 0.8;
const SENSOR_NOISE_SD = 2;

/**
 * Draws a field of tissue: glands, stroma with vessels, a lymphoid aggregate.
 *
 * @throws {UniCellError} `INVALID_OPTIONS` for a size, mpp or seed outside what the options allow.
 */
export function syntheticField(options: SyntheticFieldOptions = {}): SyntheticField {
  const { width = 1024, height = 1024, mpp = 0.5, seed = 1 } = options;
  checkOptions(width, height, mpp, seed);
  const frame = { width: width * mpp, height: height * mpp, margin: MARGIN_UM };
  const layout = layOut(frame, seed);

  const crowd = new Crowd();
  const epithelium = streamFor(seed, 'epithelium');
  const glands = layout.glands.map((gland) => fillGland(gland, frame, crowd, epithelium));
  const endothelium = streamFor(seed, 'endothelium');
  for (const vessel of layout.vessels) lineVessel(vessel, frame, crowd, endothelium);
  const plasmaCells = populateStroma(layout, crowd, seed);

  const planes = stainPlanes(width, height, mpp);
  const texture = tissueTexture(width, height, mpp, streamFor(seed, 'texture'));
  paintStroma(planes, layout, texture, seed);
  for (const gland of glands) paintGland(planes, gland, texture);
  for (const vessel of layout.vessels) paintVessel(planes, vessel);
  for (const cell of plasmaCells) paintPlasmaCell(planes, cell, texture);
  const chromatin = chromatinTexture(streamFor(seed, 'chromatin'));
  for (const nucleus of crowd.nuclei) paintNucleus(planes, nucleus, chromatin);

  const data = new Uint8Array(width * height * 3);
  const colours = slideColours(streamFor(seed, 'colours'));
  const sensor = streamFor(seed, 'sensor');
  for (const channel of [0, 1, 2] as const) {
    const light = transmittedLight(planes, colours, channel);
    blurInPlace(light, width, height, PSF_SIGMA_UM / mpp);
    sharpenInPlace(light, width, height, SHARPEN_SIGMA_UM / mpp, SHARPEN_AMOUNT);
    exposeChannel(light, channel, data, SENSOR_NOISE_SD, sensor);
  }
  const nuclei = crowd.nuclei
    .map(({ x, y, kind }) => ({ x: x / mpp, y: y / mpp, kind }))
    .filter(({ x, y }) => x >= 0 && y >= 0 && x < width && y < height);
  return { raster: { width, height, data }, nuclei };
}

function checkOptions(width: number, height: number, mpp: number, seed: number): void {
  const isSize = (value: number): boolean => Number.isSafeInteger(value) && value >= 1;
  if (!isSize(width) || !isSize(height) || width * height > MAX_PIXELS) {
    throw new UniCellError(
      'INVALID_OPTIONS',
      `The size of a synthetic field is ${width} x ${height}; both must be integers of at least 1 and their product at most ${MAX_PIXELS}. Pass another width or height.`,
    );
  }
  if (!(mpp >= 0.1 && mpp <= 2)) {
    throw new UniCellError(
      'INVALID_OPTIONS',
      `The mpp of a synthetic field is ${mpp}; it must be between 0.1 and 2 um per pixel. Pass another mpp.`,
    );
  }
  if (!Number.isSafeInteger(seed)) {
    throw new UniCellError(
      'INVALID_OPTIONS',
      `The seed of a synthetic field is ${seed}; it must be a safe integer. Pass another seed.`,
    );
  }
}
