/**
 * What our GeoJSON files for QuPath have in common: a `FeatureCollection` of detections. QuPath makes an
 * annotation of everything that does not say `detection`, drops an `id` that is not a UUID, and refuses a
 * file in which a `classification` has a name and no colour. It counts pixels from the corner of the
 * scanned area, where the picture says one.
 *
 * @module
 */
import { parse, v5 } from 'uuid';
import type { ExportHead } from './format.ts';
import { PartWriter } from './part-writer.ts';
import { type Section, writersOf } from './sections.ts';
import {
  COORDINATE_DECIMALS,
  fileHeader,
  openObject,
  perClass,
  SCORE_DECIMALS,
} from './writing.ts';

/** Namespace of the pictures' namespaces: the UUID of the URL `urn:unicell-edge`. */
const UNICELL_NAMESPACE = '84228a67-740f-5e33-934b-459d52f3d969';

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
      properties: { ...fileHeader(head), ...(origin && { origin }), ...shape.properties },
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
  const place = new PartWriter();
  const encoder = new TextEncoder();
  const namespace = pictureNamespace(head);
  const id = new Uint8Array(16);
  const [begin, geometry, end] = [
    '\n{"type":"Feature","id":"',
    `","geometry":${shape.head}`,
    '}}}',
  ].map((text) => encoder.encode(text)) as [Uint8Array, Uint8Array, Uint8Array];
  const className = perClass(head, (name) => `,${name}`, ',');
  const properties = perClass(
    head,
    (name, colour) =>
      `${shape.tail},"properties":{"objectType":"detection","classification":{"name":${JSON.stringify(name)},"color":[${rgb(colour)}]},"measurements":{"Detection probability":`,
    `${shape.tail},"properties":{"objectType":"detection","measurements":{"Detection probability":`,
  );
  return (out, nuclei, i) => {
    const k = nuclei.class[i]!;
    const x = nuclei.x[i]! - origin.x;
    const y = nuclei.y[i]! - origin.y;
    place.clear();
    writePosition(place, x, y);
    place.bytes(className(k));
    out.bytes(begin);
    out.uuid(v5(place.written, namespace, id));
    out.bytes(geometry);
    shape.coordinates(out, x, y);
    out.bytes(properties(k));
    out.decimal(nuclei.score[i]!, SCORE_DECIMALS);
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

/**
 * Ids depend on picture, model, dataset, place and class only, so that the same run gives the same file.
 * `docs/formats.md` has the recipe.
 */
function pictureNamespace({ image, model, dataset }: ExportHead): Uint8Array {
  const names = [image.id, model.id, model.version, dataset.id].join('\n');
  return parse(v5(names, UNICELL_NAMESPACE));
}

/** `#d55e00` to `213,94,0`. */
function rgb(colour: string): string {
  return [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16)).join(',');
}
