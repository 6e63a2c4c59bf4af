import { readFile } from 'node:fs/promises';
import * as z from 'zod';
import { regionSchema } from '../../shared/api/jobs/job-schemas.ts';
import { UniCellError } from '../../shared/errors.ts';
import type { RegionGeometry } from '../../shared/tiling/region-geometry.ts';

const feature = z.object({ type: z.literal('Feature'), geometry: regionSchema });
const fileSchema = z.union([
  regionSchema,
  feature,
  z.object({ type: z.literal('FeatureCollection'), features: z.array(feature).min(1).max(1000) }),
  z.array(feature).min(1).max(1000),
]);

/**
 * Reads regions of interest: GeoJSON polygons in pixels of level 0, bare, as features or in a collection,
 * as QuPath exports annotations.
 *
 * @throws {UniCellError} `SOURCE_NOT_FOUND`, `INVALID_OPTIONS`.
 */
export async function readRegions(path: string): Promise<RegionGeometry[]> {
  const text = await readFile(path, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    throw new UniCellError(
      'SOURCE_NOT_FOUND',
      `The regions ${path} cannot be opened (${cause.code}). Pass a GeoJSON file with polygons.`,
      { cause },
    );
  });
  const parsed = fileSchema.safeParse(jsonOf(text));
  if (!parsed.success) {
    throw new UniCellError(
      'INVALID_OPTIONS',
      `${path} holds no regions: it must be GeoJSON with 1 to 1000 polygons (Polygon or MultiPolygon, closed rings of at most 10000 points), bare, as features or in a FeatureCollection. QuPath: File > Export objects as GeoJSON, annotations only.`,
    );
  }
  const { data } = parsed;
  if (Array.isArray(data)) return data.map(({ geometry }) => geometry);
  if (data.type === 'FeatureCollection') return data.features.map(({ geometry }) => geometry);
  return [data.type === 'Feature' ? data.geometry : data];
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
