/**
 * Reads points from GeoJSON: ours, and what QuPath exports, which may also be a bare array of features.
 *
 * @module
 */
import { UniCellError } from '../errors.ts';
import { centroidOf } from './centroid.ts';
import type { NucleiByImage, ReadOptions } from './format.ts';
import { NucleiCollector } from './nuclei-collector.ts';
import { member, parseJson } from './parse-json.ts';

/** See `FormatReader.read`. */
export function read(text: string, options: ReadOptions): NucleiByImage {
  const file = parseJson(text, options.origin);
  const features = Array.isArray(file) ? file : member(file, 'features');
  if (!Array.isArray(features)) {
    throw new UniCellError(
      'POINTS_INVALID',
      `${options.origin} is not GeoJSON of nuclei: it must be a FeatureCollection or an array of features.`,
    );
  }
  // Our older files have the one, which RFC 7946 forbids.
  const header = member(file, 'unicell') ?? member(file, 'properties');
  const id = member(member(header, 'image'), 'id');
  const origin = member(header, 'origin');
  const image = typeof id === 'string' ? id : '';
  const collector = new NucleiCollector(options, 'feature');
  collector.addImage(image);
  features.forEach((feature, i) => {
    const properties = member(feature, 'properties');
    const name = className(member(properties, 'classification'));
    const score = member(member(properties, 'measurements'), 'Detection probability');
    for (const point of pointsOf(feature, i, collector)) {
      const x = shifted(member(point, '0'), member(origin, 'x'));
      const y = shifted(member(point, '1'), member(origin, 'y'));
      collector.add(image, i, x, y, name, score);
    }
  });
  return collector.finish();
}

/** From pixels as QuPath counts them to pixels of level 0. */
function shifted(value: unknown, origin: unknown): unknown {
  return typeof value === 'number' && typeof origin === 'number' ? value + origin : value;
}

function pointsOf(feature: unknown, i: number, collector: NucleiCollector): readonly unknown[] {
  // Of a cell QuPath draws the nucleus beside.
  const geometry = member(feature, 'nucleusGeometry') ?? member(feature, 'geometry');
  const type = member(geometry, 'type');
  const coordinates = member(geometry, 'coordinates');
  if (type === 'Point') return [coordinates];
  if (type === 'MultiPoint' && Array.isArray(coordinates)) return coordinates;
  const centre = centreOf(geometry);
  if (centre) return [centre];
  throw collector.error(
    i,
    `its geometry is ${JSON.stringify(type)}; nuclei are Point, MultiPoint, or Polygon and MultiPolygon with an area, whose centroid counts.`,
  );
}

/**
 * Where a geometry of GeoJSON lies that is one nucleus: a point, or the centroid of an area.
 *
 * @returns `undefined` for other geometries, and areas without any. The place of a point may be anything.
 */
export function centreOf(geometry: unknown): unknown {
  const type = member(geometry, 'type');
  const coordinates = member(geometry, 'coordinates');
  if (type === 'Point') return coordinates;
  if (type === 'Polygon') return centroidOf([coordinates]);
  return type === 'MultiPolygon' ? centroidOf(coordinates) : undefined;
}

/** The class of a feature; of a derived class (`names`), QuPath's own spelling `A: B`. */
function className(classification: unknown): unknown {
  if (typeof classification !== 'object' || classification === null) return classification;
  const names = member(classification, 'names');
  return Array.isArray(names) ? names.join(': ') : member(classification, 'name');
}
