/**
 * Which page of a TIFF is the picture. Labels, macros and thumbnails never are, wherever they stand: they carry
 * patient text or another resolution.
 *
 * @module
 */
import { UniCellError } from '../../../shared/errors.ts';
import { mppOfPixel, notSquareWarnings } from '../../../shared/image/pixel-size.ts';
import type { Size } from '../../../shared/image/source.ts';
import type { SlideWarning } from '../slide.ts';
import { colourPages, isColourStack } from './colour-pages.ts';
import { headerPixelSize, resolutionTags } from './header-mpp.ts';
import { type ImageJStack, readImageJ } from './imagej.ts';
import { type OmeImage, pageOfPlane, readOmeXml } from './ome-xml.ts';
import { isAssociated, isAssociatedName, isReduced } from './page-kind.ts';
import type { TiffDirectory } from './tiff-directory.ts';
import type { TiffFile } from './tiff-file.ts';
import { TAG } from './tiff-tags.ts';

/** The picture of a file. */
export interface ChosenPage {
  /** Its place in the chain. */
  readonly index: number;
  /** The page; three where red, green and blue have one each. */
  readonly directories: readonly TiffDirectory[];
  /** As of `Slide`. */
  readonly mpp: number | undefined;
  readonly significantBits: number | undefined;
  readonly warnings: readonly SlideWarning[];
}

/** Tells the content of a page from that of the others in its file; empty for the first. */
export function pageName(chosen: Pick<ChosenPage, 'index'> | undefined): string {
  return chosen === undefined || chosen.index === 0 ? '' : `page ${chosen.index}`;
}

/** What may be chosen. */
interface Candidate extends Size {
  /** What users call it by: the place of the OME image, or of the page. */
  readonly series: number;
  readonly index: number;
  readonly ome: OmeImage | undefined;
}

/**
 * Finds the picture: the first OME image that is no macro, else the first page that is no reduced image of another.
 *
 * @param series Another one: the number of an OME image, or of a page, from 0.
 * @throws {UniCellError} `INVALID_OPTIONS` for a number that no picture has, `IMAGE_UNSUPPORTED` for channels in
 *   pages that nothing calls red, green and blue, `IMAGE_UNREADABLE`.
 */
export async function choosePage(tiff: TiffFile, series?: number): Promise<ChosenPage> {
  const { label } = tiff.bytes;
  const first = tiff.directories[0]!;
  const description = (await first.text(TAG.description)) ?? '';
  const images = /<(?:\w+:)?OME\b/.test(description) ? readOmeXml(description) : [];
  const ofOme = omeCandidates(images, tiff);
  const candidates = ofOme.length > 0 ? ofOme : await pageCandidates(tiff, description);
  const chosen = choose(label, candidates, series);
  const page = tiff.directories[chosen.index]!;
  const imageJ = chosen.ome ? undefined : await readImageJ(first);
  const samples = (await page.number(TAG.samplesPerPixel)) ?? 1;
  const places = samples > 1 ? [chosen.index] : colourPages(label, { ...chosen, imageJ });
  const tags = await resolutionTags(page);
  const size = headerPixelSize(
    { ...tags, description: tags.description ?? (chosen.ome ? undefined : description) },
    chosen.ome?.pixelSize,
  );
  return {
    index: chosen.index,
    directories: places.map((place) => directoryAt(tiff, place)),
    mpp: size && mppOfPixel(size),
    significantBits: chosen.ome?.significantBits,
    warnings: [
      ...planeWarnings(label, chosen.ome, imageJ),
      ...otherWarnings(label, chosen, candidates),
      ...(size ? notSquareWarnings(label, size) : []),
    ],
  };
}

/** Images whose pixels lie in the file, less macros and labels. */
function omeCandidates(images: readonly OmeImage[], { bytes, directories }: TiffFile): Candidate[] {
  const isThere = (index: number | undefined) => index !== undefined && index < directories.length;
  const all = images.flatMap((ome, series): Candidate[] => {
    const index = pageOfPlane(ome, 0);
    const { width, height } = ome;
    return isThere(index) ? [{ series, index: index!, ome, width, height }] : [];
  });
  const elsewhere = images
    .flatMap(({ tiffData }) => tiffData.map(({ file }) => file))
    .find(Boolean);
  if (all.length === 0 && elsewhere !== undefined) {
    throw new UniCellError(
      'IMAGE_UNSUPPORTED',
      `${bytes.label} is one file of an OME-TIFF in several, and its first plane lies in ${elsewhere}. Pass that file, or export the image as one file.`,
    );
  }
  const slides = all.filter(({ ome }) => !isAssociatedName(ome!.name));
  return slides.length > 0 ? slides : all;
}

/** Pages that are reduced images of none, less macros and labels. What Aperio writes has one. */
async function pageCandidates(tiff: TiffFile, description: string): Promise<Candidate[]> {
  const found: Candidate[] = [];
  for (const [index, page] of tiff.directories.entries()) {
    if ((await isReduced(page)) || (await isAssociated(page))) continue;
    const width = (await page.number(TAG.width)) ?? 0;
    const height = (await page.number(TAG.height)) ?? 0;
    found.push({ series: index, index, ome: undefined, width, height });
  }
  const first = { series: 0, index: 0, ome: undefined, width: 0, height: 0 };
  if (found.length === 0) return [first];
  return description.startsWith('Aperio') ? found.slice(0, 1) : found;
}

function choose(
  label: string,
  candidates: readonly Candidate[],
  series: number | undefined,
): Candidate {
  if (series === undefined) return candidates[0]!;
  const found = candidates.find((one) => one.series === series);
  if (found) return found;
  throw new UniCellError(
    'INVALID_OPTIONS',
    `${label} has no image ${series} to read; it has ${candidates.map(shown).join(', ')}. Labels, macros and reduced images are never read.`,
  );
}

function directoryAt({ bytes, directories }: TiffFile, place: number): TiffDirectory {
  const directory = directories[place];
  if (directory) return directory;
  throw new UniCellError(
    'IMAGE_UNREADABLE',
    `${bytes.label} says that a colour lies in page ${place}, and has ${directories.length} pages. The file is damaged; fetch or export it again.`,
  );
}

function planeWarnings(
  label: string,
  ome: OmeImage | undefined,
  imageJ: ImageJStack | undefined,
): SlideWarning[] {
  const planes = ome ? ome.sizes.Z * ome.sizes.T : imageJ ? imageJ.images / imageJ.channels : 1;
  if (planes <= 1 || (imageJ && isColourStack(imageJ))) return [];
  const detail = `${label} holds ${planes} planes of depth or time; only the first is read.`;
  return [{ code: 'FIRST_PLANE_ONLY', detail }];
}

/** OME images are pictures each; of other pages only those that are larger can be meant. */
function otherWarnings(
  label: string,
  chosen: Candidate,
  candidates: readonly Candidate[],
): SlideWarning[] {
  const others = candidates.filter(
    (one) => one !== chosen && (one.ome || one.width * one.height > chosen.width * chosen.height),
  );
  if (others.length === 0) return [];
  const detail = `${label} holds more than one image: ${shown(chosen)} is read, and not ${others.slice(0, 5).map(shown).join(', ')}${others.length > 5 ? ' and others' : ''}. \`--series\`, or the option \`series\` of a job, chooses another.`;
  return [{ code: 'SERIES_NOT_READ', detail }];
}

function shown({ series, ome, width, height }: Candidate): string {
  const name = ome?.name ? ` "${ome.name}"` : '';
  return `${series}${name} (${width} x ${height} pixels)`;
}
