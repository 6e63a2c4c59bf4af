/**
 * The image of the demo: one that everybody has, and what to say about it.
 *
 * @module
 */
import { basename } from 'node:path';
import { RasterSource } from '../../shared/image/raster-source.ts';
import { type OpenedImage, openImage } from '../slides/open-image.ts';
import { syntheticField } from './synthetic/field.ts';
import { findTestSlide, type TestSlide } from './test-slide.ts';

export interface DemoImage {
  readonly image: OpenedImage;
  /** What the image is called in result files. */
  readonly id: string;
  /** Which image it is and where it comes from, for people. */
  readonly origin: string;
}

const origins = {
  cache: 'from the local cache',
  shared: 'from ../shared/slides',
  download: "downloaded from OpenSlide's site",
} as const;

const fieldMpp = 0.5;
const fieldPx = 1024;

/** The image at `path` or, without one, OpenSlide's test slide or a drawing in its stead. */
export async function demoImage(path: string | undefined, signal: AbortSignal): Promise<DemoImage> {
  if (path !== undefined) {
    return { image: await openImage(path), id: basename(path), origin: path };
  }
  return publicImage(await findTestSlide(signal));
}

/** The slide if there is one, else a field of tissue that the project draws itself. */
export async function publicImage(slide: TestSlide): Promise<DemoImage> {
  if (slide.path !== undefined) {
    return {
      image: await openImage(slide.path),
      id: 'CMU-1-Small-Region.svs',
      origin: `OpenSlide's test slide CMU-1-Small-Region.svs (CC0), ${origins[slide.origin]}`,
    };
  }
  const { raster } = syntheticField({ width: fieldPx, height: fieldPx, mpp: fieldMpp });
  return {
    image: {
      source: new RasterSource(raster, fieldMpp),
      raster,
      bounds: undefined,
      warnings: [],
    },
    id: 'synthetic',
    origin:
      `a synthetic H&E field, since OpenSlide's test slide could not be had (${slide.reason}). ` +
      'It is a drawing: its counts say nothing about real tissue',
  };
}
