import { fileSlices } from '../../shared/formats/file-slices.ts';
import type { Format } from '../../shared/formats/format.ts';

/** The overlay of a picture, or the overview of a slide. */
export function overlayName(stem: string, dataset: string): string {
  return `${stem}.${dataset}.overlay.png`;
}

/** The overlay of a region, numbered from 1. */
export function regionName(stem: string, dataset: string, number: number): string {
  return `${stem}.${dataset}.region-${number}.overlay.png`;
}

/**
 * Names that result files may have, to be looked for before the work: of a format in parts, with and without them.
 *
 * @param datasets Their ids.
 */
export function possibleNames(
  stem: string,
  datasets: readonly string[],
  formats: readonly Format[],
  hasOverlay: boolean,
): string[] {
  return datasets.flatMap((dataset) => [
    ...formats.flatMap((format) => {
      const inParts = (format.maxCount ?? 0) + 1;
      const counts = format.maxCount === undefined ? [0] : [0, inParts];
      const names = counts.map((count) => fileSlices(format, `${stem}.${dataset}`, count)[0]!.name);
      // A format that is a folder is one here, and a zip file elsewhere.
      return names.map((name) => name.replace(/\.zarr\.zip$/, '.zarr'));
    }),
    ...(hasOverlay ? [overlayName(stem, dataset)] : []),
  ]);
}
