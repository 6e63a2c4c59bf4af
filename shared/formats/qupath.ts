/**
 * GeoJSON as QuPath reads it: a `FeatureCollection` of point detections. QuPath makes an annotation of
 * everything that does not say `detection`, drops an `id` that is not a UUID, and refuses a file in which
 * a `classification` has a name and no colour.
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

export const { write, stream } = writersOf((head) => {
  const place = new PartWriter();
  const encoder = new TextEncoder();
  const namespace = pictureNamespace(head);
  const id = new Uint8Array(16);
  const [begin, comma, geometry, end] = [
    '\n{"type":"Feature","id":"',
    ',',
    '","geometry":{"type":"Point","coordinates":[',
    '}}}',
  ].map((text) => encoder.encode(text)) as [Uint8Array, Uint8Array, Uint8Array, Uint8Array];
  const className = perClass(head, (name) => `,${name}`, ',');
  const properties = perClass(
    head,
    (name, colour) =>
      `]},"properties":{"objectType":"detection","classification":{"name":${JSON.stringify(name)},"color":[${rgb(colour)}]},"measurements":{"Detection probability":`,
    ']},"properties":{"objectType":"detection","measurements":{"Detection probability":',
  );
  const row: Section['row'] = (out, nuclei, i) => {
    const k = nuclei.class[i]!;
    place.clear();
    place.decimal(nuclei.x[i]!, COORDINATE_DECIMALS);
    place.bytes(comma);
    place.decimal(nuclei.y[i]!, COORDINATE_DECIMALS);
    const coordinates = place.written;
    place.bytes(className(k));
    out.bytes(begin);
    out.uuid(v5(place.written, namespace, id));
    out.bytes(geometry);
    out.bytes(coordinates);
    out.bytes(properties(k));
    out.decimal(nuclei.score[i]!, SCORE_DECIMALS);
    out.bytes(end);
  };
  const opened = openObject({ type: 'FeatureCollection', properties: fileHeader(head) });
  return [{ head: `${opened}"features":[`, separator: ',', tail: '\n]}\n', row }];
});

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
