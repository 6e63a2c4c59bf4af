/**
 * Which slides a call of the command is about.
 *
 * @module
 */
import { readdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { UniCellError } from '../../../shared/errors.ts';
import { isDicomPath } from '../../slides/dicom/dicom-path.ts';
import { isZarrPath } from '../../slides/zarr/zarr-path.ts';
import { resultsIn } from '../run-record.ts';
import { readManifest } from './read-manifest.ts';
import type { SlideInput } from './slide-input.ts';

export interface SlideInputs {
  readonly slides: readonly SlideInput[];
  /** Whether there is more to say than of one slide: several were asked for, or a folder, or a manifest. */
  readonly isBatch: boolean;
}

/** Endings of files in a folder that are looked at; what is named is looked at whatever its ending. */
const ENDINGS =
  /\.(?:svs|tiff?|ndpi|mrxs|scn|bif|vms|vmu|svslide|btf|zvi|czi|jpe?g|png|webp|bmp|dcm)$/i;

/**
 * Finds the slides: files, folders of slides, and a manifest. A folder that holds one DICOM series, or an OME-Zarr image, is
 * a slide itself. Of a folder those in it are taken, and not those of folders in it, unless such a folder is a slide; what the
 * command has written there is none, and neither is what is no regular file.
 *
 * @throws {UniCellError} `SOURCE_NOT_FOUND`, `INVALID_OPTIONS`, and what `readManifest` throws.
 */
export async function findSlides(
  locations: readonly string[],
  manifest: string | undefined,
): Promise<SlideInputs> {
  const listed = manifest === undefined ? [] : await readManifest(manifest);
  const found: SlideInput[] = [];
  let hasFolder = false;
  for (const location of locations) {
    const isUrl = /^https?:\/\//i.test(location);
    if (isUrl || !(await isFolder(location)) || (await isSlideFolder(location))) {
      found.push({ location });
      continue;
    }
    hasFolder = true;
    found.push(...(await slidesIn(location)).map((path) => ({ location: path })));
  }
  const slides = unique([...found, ...listed]);
  if (slides.length === 0) {
    throw new UniCellError(
      'INVALID_OPTIONS',
      'Nothing says which slides to look at. Name files or folders, or pass --manifest with a CSV file (columns path, mpp, dataset).',
    );
  }
  return { slides, isBatch: hasFolder || manifest !== undefined || slides.length > 1 };
}

async function slidesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((cause) => {
    throw new UniCellError(
      'SOURCE_NOT_FOUND',
      `The folder ${folder} cannot be read (${(cause as NodeJS.ErrnoException).code}).`,
      { cause },
    );
  });
  // Results may lie beside their slides, and overlays are pictures, too.
  const results = await resultsIn(folder);
  const paths: string[] = [];
  for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(folder, entry.name);
    if (entry.name.startsWith('.') || results.has(entry.name)) continue;
    // What a link points to is asked for, as the file itself would be.
    const status = await stat(path).catch(() => undefined);
    const isSlide = status?.isDirectory()
      ? await isSlideFolder(path)
      : // What leads nowhere is told of when it is opened; pipes, sockets and devices are no slides.
        ENDINGS.test(entry.name) && status?.isFile() !== false;
    if (isSlide) paths.push(path);
  }
  if (paths.length > 0) return paths;
  throw new UniCellError(
    'SOURCE_NOT_FOUND',
    `The folder ${folder} has no picture or slide (SVS, TIFF, NDPI, MRXS, SCN, BIF, DICOM, OME-Zarr, JPEG, PNG, WebP, BMP). Folders in it are not searched; name them.`,
  );
}

async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() ?? false;
}

/** A DICOM series, or an OME-Zarr image: many files that are one slide. */
async function isSlideFolder(path: string): Promise<boolean> {
  if (await isZarrPath(path)) return true;
  const entries = await readdir(path).catch(() => []);
  // Beside other slides, DICOM files do not make the folder theirs.
  const others = entries.filter((name) => ENDINGS.test(name) && !/\.dcm$/i.test(name));
  return others.length === 0 && (await isDicomPath(path));
}

/** Each once, as it was first named. */
function unique(slides: readonly SlideInput[]): SlideInput[] {
  const seen = new Set<string>();
  return slides.filter(({ location, mpp, dataset }) => {
    const isUrl = /^https?:\/\//i.test(location);
    const key = JSON.stringify([isUrl ? location : resolve(location), mpp, dataset]);
    return !seen.has(key) && seen.add(key);
  });
}
