/**
 * Nuclei in GeoJSON, as QuPath writes its own and those of StarDist, InstanSeg and Cellpose.
 *
 * @module
 */
import { UniCellError } from '../../shared/errors.ts';
import { rgbOf } from '../../shared/formats/colour.ts';
import { member, parseJson } from '../../shared/formats/parse-json.ts';
import { centreOf } from '../../shared/formats/read-qupath.ts';
import { type ForeignNuclei, nameOf, roundedScore, type Unit } from './foreign-nuclei.ts';

const MEASUREMENT = 'UniCell score';

/** @throws {UniCellError} `POINTS_INVALID` naming the feature. */
export function readGeoJson(text: string, origin: string, unit: Unit | undefined): ForeignNuclei {
  const file = parseJson(text, origin);
  const features = Array.isArray(file) ? file : member(file, 'features');
  if (!Array.isArray(features)) {
    throw new UniCellError(
      'POINTS_INVALID',
      `${origin} is not GeoJSON of nuclei: it must be a FeatureCollection or an array of features.`,
    );
  }
  const x = new Float64Array(features.length);
  const y = new Float64Array(features.length);
  for (const [i, feature] of features.entries()) {
    // Of a cell QuPath draws the nucleus beside.
    const geometry = member(feature, 'nucleusGeometry') ?? member(feature, 'geometry');
    const centre = centreOf(geometry);
    const [cx, cy] = [member(centre, '0'), member(centre, '1')];
    if (typeof cx !== 'number' || typeof cy !== 'number' || !Number.isFinite(cx + cy)) {
      throw new UniCellError(
        'POINTS_INVALID',
        `${origin}, feature ${i}: ${whatIs(geometry)}; a nucleus is a Point, or a Polygon or MultiPolygon with an area, whose centroid counts. In QuPath, split points into one object each.`,
      );
    }
    [x[i], y[i]] = [cx, cy];
  }
  return {
    points: { x, y },
    unit: unit ?? 'px',
    isOfQuPath: true,
    extension: 'geojson',
    write(classes) {
      const classified = features.map((feature: object, row) => {
        const name = nameOf(classes, row);
        const { classification: _, ...properties } = (member(feature, 'properties') ??
          {}) as Record<string, unknown>;
        if (name === undefined) return { ...feature, properties };
        const color = rgbOf(classes.colours[classes.class[row]!]!);
        const measurements = measured(properties.measurements, roundedScore(classes, row));
        const own = { classification: { name, color }, measurements };
        return { ...feature, properties: { ...properties, ...own } };
      });
      const whole = Array.isArray(file)
        ? classified
        : { ...(file as object), features: classified };
      return new TextEncoder().encode(`${JSON.stringify(whole)}\n`);
    },
  };
}

/** A geometry without a centre, for messages. */
function whatIs(geometry: unknown): string {
  if (geometry === undefined || geometry === null) return 'it has no geometry';
  const type = member(geometry, 'type');
  return type === undefined
    ? 'its geometry has no type'
    : `its geometry is ${JSON.stringify(type)} without a centre`;
}

/** QuPath wrote a list of measurements before it wrote an object. */
function measured(before: unknown, score: number): unknown {
  if (Array.isArray(before)) {
    const others = before.filter((one) => member(one, 'name') !== MEASUREMENT);
    return [...others, { name: MEASUREMENT, value: score }];
  }
  return { ...(before as object | undefined), [MEASUREMENT]: score };
}
