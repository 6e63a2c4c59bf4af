/**
 * What our GeoJSON files for QuPath have in common: a `FeatureCollection` of detections. QuPath makes an
 * annotation of everything that does not say `detection`, drops an `id` that is not a UUID, and refuses a
 * file in which a `classification` has a name and no colour. It counts pixels from the corner of the
 * scanned area, where the image says one.
 *
 * @module
 */
import { rgbOf } from './colour.ts';
import type { ExportHead } from './format.ts';
import { nucleusIds } from './nucleus-ids.ts';
import type { PartWriter } from './part-writer.ts';
import { byClass, score } from './row.ts';
import { type Section, writersOf } from './sections.ts';
import { COORDINATE_DECIMALS, fileHeader, openObject } from './writing.ts';

/** How a nucleus is drawn. */
export interface FeatureShape {
  /** What the file says of the shape. */
  readonly properties?: object;
  /** Of the geometry, up to where its coordinates begin and after they end. */
  readonly head: string;
  readonly tail: string;
  /** Writes the coordinates of a nucleus that lies here, in pixels as QuPath counts them. */
  coordinates(out: PartWriter, x: number, y: number): void;
}

/** The writers of collections of such features. */
export function featureWriters(shapeOf: (head: ExportHead) => FeatureShape) {
  return writersOf((head) => {
    const shape = shapeOf(head);
    const { bounds } = head.image;
    const origin = bounds && { x: bounds.x, y: bounds.y };
    const opened = openObject({
      type: 'FeatureCollection',
      // RFC 7946, section 7.1, has no place for `properties` here.
      unicell: { ...fileHeader(head), ...(origin && { origin }), ...shape.properties },
    });
    const row = featureRow(head, shape, origin ?? { x: 0, y: 0 });
    return [{ head: `${opened}"features":[`, separator: ',', tail: '\n]}\n', row }];
  });
}

function featureRow(
  head: ExportHead,
  shape: FeatureShape,
  origin: { readonly x: number; readonly y: number },
): Section['row'] {
  const [begin, geometry, end] = [
    '\n{"type":"Feature","id":"',
    `","geometry":${shape.head}`,
    '}}}',
  ].map((text) => new TextEncoder().encode(text)) as [Uint8Array, Uint8Array, Uint8Array];
  const id = nucleusIds(head);
  const opened = `${shape.tail},"properties":{"objectType":"detection"`;
  const measured = '"measurements":{"Detection probability":';
  const properties = byClass(
    head,
    (name, colour) =>
      `${opened},"classification":{"name":${JSON.stringify(name)},"color":[${rgbOf(colour)}]},${measured}`,
    `${opened},${measured}`,
  );
  return (out, nuclei, i) => {
    const x = nuclei.x[i]! - origin.x;
    const y = nuclei.y[i]! - origin.y;
    out.bytes(begin);
    id(out, x, y, nuclei.class[i]!);
    out.bytes(geometry);
    shape.coordinates(out, x, y);
    properties(out, nuclei, i);
    score(out, nuclei, i);
    out.bytes(end);
  };
}

const COMMA = new TextEncoder().encode(',');

/** Writes `x,y`. */
export function writePosition(out: PartWriter, x: number, y: number): void {
  out.decimal(x, COORDINATE_DECIMALS);
  out.bytes(COMMA);
  out.decimal(y, COORDINATE_DECIMALS);
}
