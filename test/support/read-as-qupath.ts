/**
 * Reads GeoJSON by the rules of QuPath 0.4 to 0.6, written down here from how its reader behaves, since QuPath
 * itself is not at hand in a test. What QuPath refuses with an exception is an error here; what it drops or
 * changes without a word is dropped or changed here as well.
 *
 * @module
 */

/** An object as QuPath would make it. */
export interface QuPathObject {
  readonly kind: string;
  /** `undefined` where the file has none that QuPath takes; it then draws one by lot. */
  readonly id: string | undefined;
  readonly roi: QuPathRoi;
  readonly pathClass: { readonly name: string; readonly rgb: readonly number[] } | undefined;
  readonly measurements: ReadonlyMap<string, number>;
}

type Position = readonly [x: number, y: number];

/** A region of interest; of an ellipse the centre and the half axes. */
export type QuPathRoi =
  | { readonly type: 'points'; readonly points: readonly Position[] }
  | { readonly type: 'polygon'; readonly rings: readonly (readonly Position[])[] }
  | { readonly type: 'ellipse'; readonly centre: Position; readonly halfAxes: Position };

type Json = Readonly<Record<string, unknown>>;

const KINDS: Readonly<Record<string, string>> = {
  PathAnnotationObject: 'annotation',
  PathCellObject: 'cell',
  PathDetectionObject: 'detection',
  PathRootObject: 'root',
  PathTileObject: 'tile',
  TMACoreObject: 'tmaCore',
  tma_core: 'tmaCore',
};
const PLAIN_KINDS = ['annotation', 'cell', 'detection', 'root', 'tile', 'tmaCore'];

/** The objects of a file: a collection, or a bare array of features. */
export function readAsQuPath(text: string): QuPathObject[] {
  const file = JSON.parse(text) as unknown;
  const features = Array.isArray(file) ? file : (file as Json).features;
  // A file without features gives no objects and no error.
  return Array.isArray(features) ? features.map((feature) => readFeature(feature as Json)) : [];
}

function readFeature({ id, geometry, properties = {} }: Json): QuPathObject {
  const { classification, measurements, objectType, object_type, type } = properties as Json;
  const isLegacy = typeof id === 'string' && id in KINDS;
  const said = objectType ?? object_type ?? type ?? (isLegacy ? id : 'annotation');
  return {
    kind: kindOf(said),
    id: isLegacy ? undefined : uuidOf(id),
    roi: roiOf(geometry as Json | undefined),
    pathClass: classification === undefined ? undefined : classOf(classification),
    measurements: measurementsOf(measurements),
  };
}

/** What QuPath does not know becomes an annotation. */
function kindOf(said: unknown): string {
  const kind = KINDS[said as string] ?? (said as string);
  return PLAIN_KINDS.includes(kind) ? kind : 'annotation';
}

/** Five groups of hexadecimal digits. */
function uuidOf(id: unknown): string | undefined {
  return typeof id === 'string' && /^[0-9a-f]+(-[0-9a-f]+){4}$/i.test(id) ? id : undefined;
}

function roiOf(geometry: Json | undefined): QuPathRoi {
  const { type, coordinates, isEllipse } = geometry ?? {};
  if (!Array.isArray(coordinates)) throw new Error('a geometry needs coordinates');
  switch (type) {
    case 'Point':
      return { type: 'points', points: [positionOf(coordinates)] };
    case 'MultiPoint':
      return { type: 'points', points: coordinates.map(positionOf) };
    case 'Polygon': {
      const rings = coordinates.map(ringOf);
      return isEllipse === true ? ellipseOf(rings[0]!) : { type: 'polygon', rings };
    }
    default:
      throw new Error(`no geometry of this test is of the type ${type}`);
  }
}

/** Two numbers, or three; the third is not looked at. */
function positionOf(value: unknown): Position {
  const [x, y, z = 0] = value as unknown[];
  if (![x, y, z].every((one) => typeof one === 'number')) throw new Error('a position is numbers');
  return [x as number, y as number];
}

function ringOf(value: unknown): readonly Position[] {
  const ring = (value as unknown[]).map(positionOf);
  const [first, last] = [ring[0], ring.at(-1)];
  if (ring.length < 4) throw new Error('a ring has four positions or more');
  if (first![0] !== last![0] || first![1] !== last![1]) throw new Error('a ring must be closed');
  return ring;
}

/** Of an ellipse only the box around its polygon counts. */
function ellipseOf(ring: readonly Position[]): QuPathRoi {
  const spanOf = (axis: 0 | 1): Position => {
    const values = ring.map((position) => position[axis]);
    return [Math.min(...values), Math.max(...values)];
  };
  const [x, y] = [spanOf(0), spanOf(1)];
  return {
    type: 'ellipse',
    centre: [(x[0] + x[1]) / 2, (y[0] + y[1]) / 2],
    halfAxes: [(x[1] - x[0]) / 2, (y[1] - y[0]) / 2],
  };
}

function classOf(value: unknown): QuPathObject['pathClass'] {
  if (typeof value === 'string') return { name: value, rgb: [] };
  const { name, names, color } = value as Json;
  const said = Array.isArray(names) ? names.join(': ') : name;
  if (typeof said !== 'string') throw new Error('a classification needs a name');
  if (!Array.isArray(color)) throw new Error('a classification needs a colour');
  if (![1, 3, 4].includes(color.length) || !color.every((part) => Number.isInteger(part))) {
    throw new Error('a colour is 1, 3 or 4 integers');
  }
  return { name: said, rgb: color };
}

/** An object, since 0.4, or a list of names and values. */
function measurementsOf(value: unknown): ReadonlyMap<string, number> {
  const entries = Array.isArray(value)
    ? value.map((one: Json) => [one.name, one.value])
    : Object.entries((value ?? {}) as Json);
  for (const [, number] of entries) {
    if (typeof number !== 'number') throw new Error('a measurement is a number');
  }
  return new Map(entries as [string, number][]);
}
