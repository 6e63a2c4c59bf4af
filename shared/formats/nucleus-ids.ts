/**
 * UUIDs of nuclei (version 5, RFC 9562). They depend on image, model, dataset, place and class only, so that
 * the same run gives the same file; `docs/formats.md` has the recipe.
 *
 * @module
 */
import { parse, v5 } from 'uuid';
import type { Nuclei } from '../nuclei/nuclei.ts';
import type { ExportHead } from './format.ts';
import { PartWriter } from './part-writer.ts';
import { COORDINATE_DECIMALS, perClass } from './writing.ts';

/** Namespace of the images' namespaces: the UUID of the URL `urn:unicell-edge`. */
const UNICELL_NAMESPACE = '84228a67-740f-5e33-934b-459d52f3d969';

/** The namespace of an image's nuclei under one dataset. */
export function imageId({ image, model, dataset }: ExportHead): string {
  const name = [image.id, model.id, model.version, dataset.id].join('\n');
  // As bytes, since a text with half a surrogate pair is refused.
  return v5(new TextEncoder().encode(name), UNICELL_NAMESPACE);
}

/**
 * The ids of nuclei as text in UTF-8, as all formats have them: places are counted as QuPath counts them, from the corner of the
 * scanned area.
 */
export function idsOf(head: ExportHead): (nuclei: Nuclei, row: number) => Uint8Array {
  const { x, y } = head.image.bounds ?? { x: 0, y: 0 };
  const write = nucleusIds(head);
  const out = new PartWriter();
  return (nuclei, row) => {
    write(out, nuclei.x[row]! - x, nuclei.y[row]! - y, nuclei.class[row]!);
    return out.take();
  };
}

/** Writes the id of a nucleus of this class at this place, as the file says it. */
export function nucleusIds(
  head: ExportHead,
): (out: PartWriter, x: number, y: number, classIndex: number) => void {
  const name = new PartWriter();
  const id = new Uint8Array(16);
  const namespace = parse(imageId(head));
  const comma = new TextEncoder().encode(',');
  const className = perClass(head, (className) => `,${className}`, ',');
  return (out, x, y, classIndex) => {
    name.clear();
    name.decimal(x, COORDINATE_DECIMALS);
    name.bytes(comma);
    name.decimal(y, COORDINATE_DECIMALS);
    name.bytes(className(classIndex));
    out.uuid(v5(name.written, namespace, id));
  };
}
