import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { MAX_RING_POSITIONS, regionSchema } from '../../shared/api/jobs/job-schemas.ts';
import { UniCellError } from '../../shared/errors.ts';
import type { RegionGeometry } from '../../shared/tiling/region-geometry.ts';
import { type FileUnreadable, readRegular } from '../slides/bytes/regular-file.ts';

const MAX_REGIONS = 1000;
/** A file of regions drawn by hand has some megabytes at most. */
const MAX_BYTES = 256 * 1024 * 1024;
const HOW = 'QuPath: File > Export objects as GeoJSON, annotations only.';

/**
 * Reads regions of interest: GeoJSON polygons in pixels of level 0, bare, as features or in a collection,
 * as QuPath exports annotations; also gzipped.
 *
 * @throws {UniCellError} `SOURCE_NOT_FOUND`, `INVALID_OPTIONS`, which names the feature and what is wrong with it.
 */
export async function readRegions(path: string): Promise<RegionGeometry[]> {
  const bytes = await readRegular(path).catch((cause: FileUnreadable) => {
    throw new UniCellError(
      'SOURCE_NOT_FOUND',
      `The regions ${path} cannot be opened (${cause.reason}). Pass a GeoJSON file with polygons.`,
      { cause },
    );
  });
  const features = featuresOf(path, await parse(path, bytes));
  if (features.length === 0 || features.length > MAX_REGIONS) {
    throw refusal(path, `it has ${features.length} features; 1 to ${MAX_REGIONS} are read`);
  }
  return features.map((feature, i) => {
    const parsed = regionSchema.safeParse(geometryOf(feature));
    if (parsed.success) return parsed.data;
    throw refusal(path, `${nameOf(feature, i, features.length)} ${whyNot(geometryOf(feature))}`);
  });
}

async function parse(path: string, bytes: Uint8Array): Promise<unknown> {
  const isGzip = bytes[0] === 0x1f && bytes[1] === 0x8b;
  try {
    const plain = isGzip ? await promisify(gunzip)(bytes, { maxOutputLength: MAX_BYTES }) : bytes;
    // A byte order mark is left out.
    return JSON.parse(new TextDecoder().decode(plain));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw refusal(path, `it is no JSON (${reason})`);
  }
}

function featuresOf(path: string, json: unknown): readonly unknown[] {
  if (Array.isArray(json)) return json;
  if (!isObject(json)) throw refusal(path, `it is ${JSON.stringify(json)}`);
  if (json.type !== 'FeatureCollection') return [json];
  if (Array.isArray(json.features)) return json.features;
  throw refusal(path, 'it is a FeatureCollection without "features"');
}

function geometryOf(feature: unknown): unknown {
  return isObject(feature) && feature.type === 'Feature' ? feature.geometry : feature;
}

/** A feature for messages: its place, and its name or id if it has one. */
function nameOf(feature: unknown, index: number, count: number): string {
  const properties = isObject(feature) && isObject(feature.properties) ? feature.properties : {};
  const name = properties.name ?? (isObject(feature) ? feature.id : undefined);
  const named = typeof name === 'string' ? ` (${JSON.stringify(name.slice(0, 60))})` : '';
  return count === 1 ? `its feature${named}` : `feature ${index + 1} of ${count}${named}`;
}

/** What is wrong with a geometry that is none of a region. */
function whyNot(geometry: unknown): string {
  if (!isObject(geometry)) return 'has no geometry';
  const { type, coordinates } = geometry;
  if (type !== 'Polygon' && type !== 'MultiPolygon') {
    return `is ${JSON.stringify(type) ?? 'without a type'}; regions are Polygon or MultiPolygon`;
  }
  const polygons: unknown = type === 'Polygon' ? [coordinates] : coordinates;
  if (!Array.isArray(polygons) || !polygons.every(Array.isArray)) return 'has no coordinates';
  for (const [i, ring] of polygons.flat().entries()) {
    if (!Array.isArray(ring)) return `has a ring (${i + 1}) that is no list of positions`;
    if (ring.length < 4) {
      return `has a ring (${i + 1}) of ${ring.length} positions; closed, it has at least 4`;
    }
    if (ring.length > MAX_RING_POSITIONS) {
      return `has a ring (${i + 1}) of ${ring.length} positions; at most ${MAX_RING_POSITIONS} are read. Simplify it`;
    }
    const place = ring.findIndex(
      (one) => !Array.isArray(one) || one.length < 2 || !one.every((n) => Number.isFinite(n)),
    );
    if (place >= 0) {
      return `has ${JSON.stringify(ring[place])} as position ${place + 1} of a ring (${i + 1}); it must be two numbers`;
    }
  }
  return 'has more polygons or rings than are read (1000 each), or members of the wrong type';
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function refusal(path: string, what: string): UniCellError {
  return new UniCellError('INVALID_OPTIONS', `${path} holds no regions: ${what}. ${HOW}`);
}
