/**
 * XML of Aperio ImageScope: a layer per class, a nucleus as a region of eight corners. The text of a region is
 * its score. Colours are numbers with red in the lowest byte.
 *
 * @module
 */
import { layerSections } from './layers.ts';
import { counter, rowOf, score, within } from './row.ts';
import { writersOf } from './sections.ts';
import { radiusPx } from './writing.ts';
import { escapeXml, xmlOpening } from './xml.ts';

const CORNERS = 8;

export const { write, stream } = writersOf((head) => {
  const radius = radiusPx(head);
  const corners = Array.from({ length: CORNERS }, (_, i) => {
    const angle = (2 * Math.PI * i) / CORNERS;
    const x = within(head, 'x', radius * Math.cos(angle));
    const y = within(head, 'y', radius * Math.sin(angle));
    return ['<Vertex X="', x, '" Y="', y, '" Z="0"/>'];
  });
  return layerSections(head, {
    opening: `${xmlOpening(head)}<Annotations MicronsPerPixel="${head.image.mpp}">\n`,
    layerHead: ({ name, bgr, number }) =>
      `<Annotation Id="${number}" Name="${escapeXml(name)}" ReadOnly="0" Type="4" LineColor="${bgr}" Visible="1" Selected="0">\n` +
      `<Attributes><Attribute Name="${escapeXml(name)}" Id="0" Value=""/></Attributes>\n<Regions>\n<RegionAttributeHeaders/>\n`,
    region: () =>
      rowOf(
        ...['<Region Id="', counter(), '" Type="0" Zoom="1" Selected="0" Text="', score],
        '" NegativeROA="0" Analyze="0"><Attributes/><Vertices>',
        ...corners.flat(),
        '</Vertices></Region>\n',
      ),
    layerTail: '</Regions>\n<Plots/>\n</Annotation>\n',
    closing: '</Annotations>\n',
  });
});
