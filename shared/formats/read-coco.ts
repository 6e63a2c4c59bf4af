/**
 * Reads COCO (cocodataset.org, "Data format"): a nucleus per annotation, at the centroid of its polygons, or the middle
 * of its box where it has none or they are a mask in run lengths. Annotations of crowds (`iscrowd`) are no nuclei:
 * {@link crowdBoxes} are their places.
 *
 * @module
 */
import { UniCellError } from '../errors.ts';
import type { Box } from '../scoring/ignored-boxes.ts';
import { centroidOf } from './centroid.ts';
import type { NucleiByImage, ReadOptions } from './format.ts';
import { NucleiCollector } from './nuclei-collector.ts';
import { member } from './parse-json.ts';

/** Our own name for a nucleus without a class; a category, since COCO asks for one. */
const UNKNOWN = 'unknown';

/** Whether a file of JSON is COCO's. */
export function isCoco(file: unknown): boolean {
  return ['images', 'annotations', 'categories'].every((name) => Array.isArray(member(file, name)));
}

/**
 * @param file For which {@link isCoco} holds.
 * @returns Nuclei by the `file_name` of their image.
 * @throws {UniCellError} `POINTS_INVALID` naming the annotation.
 */
export function readCoco(file: unknown, options: ReadOptions): NucleiByImage {
  const collector = new NucleiCollector(options, 'annotation');
  const names = imageNames(file, options.origin);
  for (const name of names.values()) collector.addImage(name);
  const categories = new Map(
    list(file, 'categories').map((category) => [member(category, 'id'), member(category, 'name')]),
  );
  const hasUnknown = options.dataset.classes.some(({ name }) => name.toLowerCase() === UNKNOWN);
  for (const [i, annotation] of list(file, 'annotations').entries()) {
    if (isCrowd(annotation)) continue;
    const image = names.get(member(annotation, 'image_id'));
    if (image === undefined) {
      throw collector.error(i, `its image_id is that of no image.`);
    }
    const id = member(annotation, 'category_id');
    if (!categories.has(id)) {
      throw collector.error(i, `its category_id ${JSON.stringify(id)} is that of no category.`);
    }
    const category = categories.get(id);
    const name = category === UNKNOWN && !hasUnknown ? '' : category;
    const [x, y] = placeOf(annotation, i, collector);
    collector.add(image, i, x, y, name, member(annotation, 'score'));
  }
  return collector.finish();
}

/**
 * Boxes around crowds, by image: places with nuclei that nobody marked one by one.
 *
 * @param file For which {@link isCoco} holds.
 * @throws {UniCellError} `POINTS_INVALID` for a crowd without a box.
 */
export function crowdBoxes(file: unknown, origin: string): ReadonlyMap<string, readonly Box[]> {
  const boxes = new Map<string, Box[]>();
  const names = imageNames(file, origin);
  for (const [i, annotation] of list(file, 'annotations').entries()) {
    if (!isCrowd(annotation)) continue;
    const image = names.get(member(annotation, 'image_id'));
    const box = boxOf(annotation);
    if (image === undefined || box === undefined) {
      throw new UniCellError(
        'POINTS_INVALID',
        `${origin}, annotation ${i}: a crowd must have an image and a bbox of x, y, width and height.`,
      );
    }
    const [x0, y0, width, height] = box;
    boxes.set(image, [...(boxes.get(image) ?? []), { x0, y0, x1: x0 + width, y1: y0 + height }]);
  }
  return boxes;
}

function imageNames(file: unknown, origin: string): Map<unknown, string> {
  const names = new Map<unknown, string>();
  for (const [i, image] of list(file, 'images').entries()) {
    const [id, name] = [member(image, 'id'), member(image, 'file_name')];
    if (typeof name !== 'string' || id === undefined || names.has(id)) {
      throw new UniCellError(
        'POINTS_INVALID',
        `${origin}, image ${i}: it must have an id of its own and a file_name.`,
      );
    }
    names.set(id, name);
  }
  return names;
}

function placeOf(annotation: unknown, i: number, collector: NucleiCollector) {
  const outlines = member(annotation, 'segmentation');
  const polygons = Array.isArray(outlines) ? outlines.map((outline) => [pairs(outline)]) : [];
  const centre = centroidOf(polygons);
  if (centre) return centre;
  const box = boxOf(annotation);
  if (box) return [box[0] + box[2] / 2, box[1] + box[3] / 2] as const;
  throw collector.error(i, 'it has neither polygons nor a bbox of x, y, width and height.');
}

/** `[x, y, x, y, ...]` as places. */
function pairs(outline: unknown): unknown[] {
  if (!Array.isArray(outline) || outline.length % 2 !== 0) return [];
  return Array.from({ length: outline.length / 2 }, (_, i) => outline.slice(2 * i, 2 * i + 2));
}

function boxOf(annotation: unknown): [number, number, number, number] | undefined {
  const box = member(annotation, 'bbox');
  const isBox =
    Array.isArray(box) && box.length === 4 && box.every((side) => Number.isFinite(side));
  return isBox ? (box as [number, number, number, number]) : undefined;
}

function isCrowd(annotation: unknown): boolean {
  const crowd = member(annotation, 'iscrowd');
  return crowd === 1 || crowd === true;
}

function list(file: unknown, name: string): readonly unknown[] {
  return member(file, name) as readonly unknown[];
}
