/**
 * Pixels to the model's tensor.
 *
 * @module
 */
import { UniCellError } from '../errors.ts';
import type { Raster } from './raster.ts';
import type { Size } from './source.ts';

/** Input = (RGB value 0..255 - mean) / std, per channel, as the model card says. */
export interface Normalisation {
  readonly mean: readonly [number, number, number];
  readonly std: readonly [number, number, number];
}

/**
 * Prepares writing windows into a batch.
 *
 * @param normalisation Of the model card.
 * @param window Size of a window in pixels.
 * @returns A function that writes `raster` into place `slot` of `batch`, which holds
 * `3 * window.height * window.width` floats per window, NCHW. It throws `IMAGE_UNREADABLE` when a
 * source returned a raster of another size.
 */
export function windowWriter(
  normalisation: Normalisation,
  window: Size,
): (raster: Raster, batch: Float32Array, slot: number) => void {
  const pixels = window.width * window.height;
  const tables = [0, 1, 2].map((channel) =>
    Float32Array.from(
      { length: 256 },
      (_, value) => (value - normalisation.mean[channel]!) / normalisation.std[channel]!,
    ),
  ) as [Float32Array, Float32Array, Float32Array];
  return (raster, batch, slot) => {
    if (raster.width !== window.width || raster.data.length !== pixels * 3) {
      throw new UniCellError(
        'IMAGE_UNREADABLE',
        `The source returned ${raster.width} x ${raster.height} pixels where ${window.width} x ${window.height} were asked for.`,
      );
    }
    const { data } = raster;
    const [red, green, blue] = tables;
    const at = slot * 3 * pixels;
    for (let i = 0, from = 0; i < pixels; i++, from += 3) {
      batch[at + i] = red[data[from]!]!;
      batch[at + pixels + i] = green[data[from + 1]!]!;
      batch[at + 2 * pixels + i] = blue[data[from + 2]!]!;
    }
  };
}
