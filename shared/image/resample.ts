/**
 * Cuts a region out of a resampled picture without resampling the rest.
 *
 * @module
 */
import { type AxisWeights, bicubicWeights, PRECISION_BITS } from './bicubic.ts';
import type { Raster } from './raster.ts';
import type { Region, Size } from './source.ts';

/** The weights of both axes; `undefined` for an axis that keeps its size. */
export interface PlaneWeights {
  readonly plane: Size;
  readonly x: AxisWeights | undefined;
  readonly y: AxisWeights | undefined;
}

/** Prepares reading `picture` at the size `plane`; the result serves every region of that plane. */
export function planeWeights(picture: Size, plane: Size): PlaneWeights {
  return {
    plane,
    x: plane.width === picture.width ? undefined : bicubicWeights(picture.width, plane.width),
    y: plane.height === picture.height ? undefined : bicubicWeights(picture.height, plane.height),
  };
}

/**
 * Resamples `region` of the plane: equal to resampling the whole picture, first along x, then along
 * y, each rounded to 8 bits, and then cutting.
 *
 * @param region Lies inside the plane.
 */
export function resampleRegion(picture: Raster, weights: PlaneWeights, region: Region): Raster {
  const { x, y } = weights;
  const top = y ? y.first[region.y]! : region.y;
  const last = region.y + region.height - 1;
  const bottom = y ? y.first[last]! + y.count[last]! : region.y + region.height;
  const rows = x
    ? resampleRows(picture, x, region, top, bottom)
    : cutRows(picture, region, top, bottom);
  const data = y ? resampleColumns(rows, y, region, top) : rows;
  return { width: region.width, height: region.height, data };
}

/** Copies the columns of `region` from the picture's rows `top` to `bottom`. */
function cutRows(picture: Raster, region: Region, top: number, bottom: number): Uint8Array {
  const rowBytes = region.width * 3;
  const out = new Uint8Array((bottom - top) * rowBytes);
  for (let row = top; row < bottom; row++) {
    const from = (row * picture.width + region.x) * 3;
    out.set(picture.data.subarray(from, from + rowBytes), (row - top) * rowBytes);
  }
  return out;
}

/** Resamples the picture's rows `top` to `bottom` along x, for the columns of `region`. */
function resampleRows(
  picture: Raster,
  axis: AxisWeights,
  region: Region,
  top: number,
  bottom: number,
): Uint8Array {
  const { data } = picture;
  const { first, count, stride, weights } = axis;
  const out = new Uint8Array((bottom - top) * region.width * 3);
  let to = 0;
  for (let row = top; row < bottom; row++) {
    for (let column = region.x; column < region.x + region.width; column++) {
      let from = (row * picture.width + first[column]!) * 3;
      let red = HALF;
      let green = HALF;
      let blue = HALF;
      const end = column * stride + count[column]!;
      for (let k = column * stride; k < end; k++) {
        const weight = weights[k]!;
        red += Math.imul(data[from]!, weight);
        green += Math.imul(data[from + 1]!, weight);
        blue += Math.imul(data[from + 2]!, weight);
        from += 3;
      }
      out[to] = toByte(red);
      out[to + 1] = toByte(green);
      out[to + 2] = toByte(blue);
      to += 3;
    }
  }
  return out;
}

/** Resamples `rows`, whose first row is the picture's row `top`, along y for the rows of `region`. */
function resampleColumns(
  rows: Uint8Array,
  axis: AxisWeights,
  region: Region,
  top: number,
): Uint8Array {
  const { first, count, stride, weights } = axis;
  const rowBytes = region.width * 3;
  const out = new Uint8Array(region.height * rowBytes);
  const sums = new Int32Array(rowBytes);
  for (let row = 0; row < region.height; row++) {
    const outputRow = region.y + row;
    sums.fill(HALF);
    for (let k = 0; k < count[outputRow]!; k++) {
      const weight = weights[outputRow * stride + k]!;
      const from = (first[outputRow]! + k - top) * rowBytes;
      for (let i = 0; i < rowBytes; i++) {
        sums[i] = sums[i]! + Math.imul(rows[from + i]!, weight);
      }
    }
    const to = row * rowBytes;
    for (let i = 0; i < rowBytes; i++) {
      out[to + i] = toByte(sums[i]!);
    }
  }
  return out;
}

const HALF = 1 << (PRECISION_BITS - 1);

function toByte(sum: number): number {
  const value = sum >> PRECISION_BITS;
  return value < 0 ? 0 : value > 255 ? 255 : value;
}
