import { parse } from 'node:path';
import { RasterSource } from '../../shared/image/raster-source.ts';
import { syntheticField } from '../../shared/synthetic/field.ts';
import { findTestSlide } from '../demo/test-slide.ts';
import { type OpenedImage, openImage } from '../image/open-image.ts';
import { detectionTable } from './detection-report.ts';
import { runDetection } from './run-detection.ts';

interface DemoCommandOptions {
  readonly image?: string;
  readonly dataset: readonly string[];
  readonly mpp?: number;
  readonly out: string;
  readonly model: string;
  readonly threads?: number;
}

interface DemoPicture {
  readonly picture: OpenedImage;
  readonly name: string;
  /** Which picture it is and where it comes from, for people. */
  readonly origin: string;
}

const origins = {
  cache: 'from the local cache',
  shared: 'from ../shared/slides',
  download: "downloaded from OpenSlide's site",
} as const;

/** `unicell demo`: a table, an overlay, GeoJSON and CSV of a picture that is there for everybody. */
export async function demoCommand(
  { image, dataset, mpp, out, model, threads }: DemoCommandOptions,
  signal: AbortSignal,
): Promise<string> {
  const { picture, name, origin } = image
    ? { picture: await openImage(image), name: parse(image).name, origin: image }
    : await publicPicture(signal);
  console.error(`Picture: ${origin}`);
  const finished = await runDetection(
    {
      picture,
      name,
      detect: { dataset, mpp },
      model,
      threads,
      out,
      formats: ['qupath', 'csv'],
      overlay: true,
    },
    signal,
  );
  return detectionTable(name, finished);
}

async function publicPicture(signal: AbortSignal): Promise<DemoPicture> {
  const slide = await findTestSlide(signal);
  if (slide.path !== undefined) {
    return {
      picture: await openImage(slide.path),
      name: 'CMU-1-Small-Region',
      origin: `OpenSlide's test slide CMU-1-Small-Region.svs (CC0), ${origins[slide.origin]}`,
    };
  }
  const mpp = 0.5;
  const { raster } = syntheticField({ width: 1024, height: 1024, mpp, seed: 1 });
  return {
    picture: { source: new RasterSource(raster, mpp), raster, warnings: [] },
    name: 'synthetic',
    origin: `a synthetic H&E field, since OpenSlide's test slide could not be downloaded (${slide.reason}). It is a drawing: its counts say nothing about real tissue`,
  };
}
