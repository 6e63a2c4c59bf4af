/** An image in memory as a slide, for tests of what comes after reading. */
import { createHash } from 'node:crypto';
import type { Raster } from '../../shared/image/raster.ts';
import { RasterSource } from '../../shared/image/raster-source.ts';
import type { Slide } from '../../src-gpu/slides/slide.ts';

export function rasterSlide(raster: Raster, mpp?: number, changes: Partial<Slide> = {}): Slide {
  const source = new RasterSource(raster, mpp);
  return {
    width: raster.width,
    height: raster.height,
    mpp,
    reader: 'test',
    vendor: undefined,
    levels: [{ width: raster.width, height: raster.height, downsample: 1 }],
    bounds: undefined,
    warnings: [],
    read: (region, level, signal) => source.read(region, level, signal),
    fingerprint: async () => createHash('sha256').update(raster.data).digest('hex'),
    close: async () => {},
    ...changes,
  };
}
