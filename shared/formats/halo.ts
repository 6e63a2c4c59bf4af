/**
 * Annotations of HALO (Indica Labs): a layer per class, a nucleus as an ellipse, which is said by two corners
 * of the box around it. HALO writes whole pixels, and so does this; it has no place for scores.
 *
 * @module
 */
import type { ExportHead } from './format.ts';
import { layerSections } from './layers.ts';
import { clipped, type Field, rowOf } from './row.ts';
import { writersOf } from './sections.ts';
import { radiusPx } from './writing.ts';
import { escapeXml, xmlOpening } from './xml.ts';

export const { write, stream } = writersOf((head) => {
  const radius = radiusPx(head);
  const region = rowOf(
    '<Region Type="Ellipse" HasEndcaps="0" NegativeROA="0"><Vertices>',
    ...['<V X="', whole(head, 'x', -radius), '" Y="', whole(head, 'y', -radius), '"/>'],
    ...['<V X="', whole(head, 'x', radius), '" Y="', whole(head, 'y', radius), '"/>'],
    '</Vertices><Comments/></Region>\n',
  );
  return layerSections(head, {
    opening: `${xmlOpening(head)}<Annotations>\n`,
    layerHead: ({ name, bgr }) =>
      `<Annotation LineColor="${bgr}" Name="${escapeXml(name)}" Visible="True">\n<Regions>\n`,
    region: () => region,
    layerTail: '</Regions>\n</Annotation>\n',
    closing: '</Annotations>\n',
  });
});

/** Whole pixels, none of them outside of the image. */
function whole({ image }: ExportHead, axis: 'x' | 'y', shiftPx: number): Field {
  const clip = clipped(image, axis, shiftPx);
  return (out, nuclei, row) => out.decimal(clip(nuclei[axis][row]!), 0);
}
