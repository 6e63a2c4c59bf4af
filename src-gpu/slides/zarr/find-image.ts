/**
 * Which image of a Zarr is the picture.
 *
 * @module
 */
import { UniCellError } from '../../../shared/errors.ts';
import type { SlideWarning } from '../slide.ts';
import { readOmeXml } from '../tiff/ome-xml.ts';
import { isAssociatedName } from '../tiff/page-kind.ts';
import { type OmeMultiscale, readMultiscales } from './ome-metadata.ts';
import type { ZarrFiles } from './zarr-store.ts';

/** The picture, and where it lies. */
export interface FoundImage {
  /** Of its group below the Zarr; empty for the Zarr itself. */
  readonly path: string;
  /** Of Zarr. */
  readonly version: 2 | 3;
  readonly image: OmeMultiscale;
  readonly warnings: readonly SlideWarning[];
}

interface Group {
  readonly version: 2 | 3;
  /** Those of OME. */
  readonly attributes: Readonly<Record<string, unknown>>;
  /** Of OME-Zarr, where the group says it. */
  readonly omeVersion: string | undefined;
}

interface Candidate extends Pick<FoundImage, 'path' | 'version' | 'image'> {
  /** What users call it by. */
  readonly series: number;
}

/** Images of a file with several that are looked at. */
const MAX_SERIES = 256;

/**
 * Finds the picture: the image of the group, or the first of a file with several (`bioformats2raw.layout`) that is no
 * label or macro.
 *
 * @param series Another one, by its place from 0.
 * @throws {UniCellError} `IMAGE_UNSUPPORTED`, by name, for a Zarr that holds something else; `INVALID_OPTIONS` for a
 *   number that no image has; `IMAGE_UNREADABLE`.
 */
export async function findImage(files: ZarrFiles, series: number | undefined): Promise<FoundImage> {
  const { label } = files.store;
  const root = await readGroup(files, '');
  if (root === undefined) {
    throw new UniCellError(
      'SOURCE_NOT_FOUND',
      `${label} has neither zarr.json nor .zattrs, so there is no OME-Zarr. Pass the group of an image.`,
    );
  }
  const own = readMultiscales(label, root.attributes, root.omeVersion);
  const candidates =
    own.length > 0
      ? own.map((image, i) => ({ series: i, path: '', version: root.version, image }))
      : await imagesBelow(files, root);
  if (own.length > 0 && 'image-label' in root.attributes)
    throw notAnImage(label, 'labels of pixels');
  const chosen =
    series === undefined ? candidates[0]! : candidates.find((one) => one.series === series);
  if (!chosen) {
    throw new UniCellError(
      'INVALID_OPTIONS',
      `${label} has no image ${series} to read; it has ${candidates.map(shown).join(', ')}. Labels and macros are never read.`,
    );
  }
  const { path, version, image } = chosen;
  return { path, version, image, warnings: otherWarnings(label, chosen, candidates) };
}

/** @returns `undefined` when nothing describes a group there. */
async function readGroup(files: ZarrFiles, path: string): Promise<Group | undefined> {
  const below = (name: string) => (path === '' ? name : `${path}/${name}`);
  const document = record(await files.json(below('zarr.json')));
  if (document) {
    if (document.node_type === 'array') throw notAnImage(files.store.label, 'a single array');
    const ome = record(record(document.attributes)?.ome);
    const omeVersion = typeof ome?.version === 'string' ? ome.version : undefined;
    return { version: 3, attributes: ome ?? {}, omeVersion };
  }
  const attributes = record(await files.json(below('.zattrs')));
  if (attributes) return { version: 2, attributes, omeVersion: undefined };
  if (await files.json(below('.zarray'))) throw notAnImage(files.store.label, 'a single array');
  const group = await files.json(below('.zgroup'));
  return group ? { version: 2, attributes: {}, omeVersion: undefined } : undefined;
}

/** Of the layout that bioformats2raw writes: groups named by numbers, and a group OME that describes them. */
async function imagesBelow(files: ZarrFiles, root: Group): Promise<readonly Candidate[]> {
  const { label } = files.store;
  const { attributes } = root;
  if ('plate' in attributes || 'well' in attributes) {
    throw notAnImage(label, 'a plate of many fields', 'Pass the group of one, as PLATE.zarr/A/1/0');
  }
  if (attributes['bioformats2raw.layout'] === undefined) {
    throw notAnImage(label, 'no multiscales of OME-Zarr');
  }
  const ome = await readGroup(files, 'OME');
  const listed = ome?.attributes.series;
  const isList = Array.isArray(listed) && listed.every((one) => typeof one === 'string');
  const paths = isList ? listed : Array.from({ length: MAX_SERIES }, (_, i) => String(i));
  const names = await namesOf(files);
  const candidates: Candidate[] = [];
  for (const [series, path] of paths.slice(0, MAX_SERIES).entries()) {
    const group = await readGroup(files, path);
    if (!group) {
      if (isList) continue;
      break;
    }
    const [image] = readMultiscales(label, group.attributes, group.omeVersion);
    const name = names[series] ?? image?.name;
    if (image) candidates.push({ series, path, version: group.version, image: { ...image, name } });
  }
  const pictures = candidates.filter(({ image }) => !isAssociatedName(image.name ?? ''));
  const found = pictures.length > 0 ? pictures : candidates;
  if (found.length === 0) throw notAnImage(label, 'no image of OME-Zarr in its groups');
  return found;
}

/** Of the images, in their order; none where the file does not come with the OME-XML of its origin. */
async function namesOf(files: ZarrFiles): Promise<readonly string[]> {
  const xml = await files.get('/OME/METADATA.ome.xml');
  return xml ? readOmeXml(new TextDecoder().decode(xml)).map(({ name }) => name) : [];
}

function otherWarnings(
  label: string,
  chosen: Candidate,
  candidates: readonly Candidate[],
): SlideWarning[] {
  const others = candidates.filter((one) => one !== chosen);
  if (others.length === 0) return [];
  const detail = `${label} holds more than one image: ${shown(chosen)} is read, and not ${others.slice(0, 5).map(shown).join(', ')}${others.length > 5 ? ' and others' : ''}. \`--series\`, or the option \`series\` of a job, chooses another.`;
  return [{ code: 'SERIES_NOT_READ', detail }];
}

function shown({ series, image }: Candidate): string {
  return image.name ? `${series} "${image.name}"` : String(series);
}

function record(value: unknown): Record<string, unknown> | undefined {
  const isRecord = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isRecord ? (value as Record<string, unknown>) : undefined;
}

function notAnImage(
  label: string,
  what: string,
  todo = 'Pass the group of an image of OME-Zarr 0.4 or 0.5',
): UniCellError {
  return new UniCellError('IMAGE_UNSUPPORTED', `${label} is a Zarr with ${what}. ${todo}.`);
}
