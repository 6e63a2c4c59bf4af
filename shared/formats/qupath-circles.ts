/**
 * GeoJSON for QuPath with a circle per nucleus: a polygon of sixteen corners, which QuPath takes for the
 * ellipse that it marks, so that nuclei can be filled and selected. The circles have no measured size.
 *
 * @module
 */
import { featureWriters, writePosition } from './qupath-features.ts';
import { RADIUS_UM, radiusPx } from './writing.ts';

const CORNERS = 16;

export const { write, stream } = featureWriters((head) => {
  const radius = radiusPx(head);
  // The last corner is the first one, as RFC 7946 wants it.
  const corners = Array.from({ length: CORNERS + 1 }, (_, i) => {
    const angle = (2 * Math.PI * (i % CORNERS)) / CORNERS;
    return { x: radius * Math.cos(angle), y: radius * Math.sin(angle) };
  });
  const encoder = new TextEncoder();
  const [open, next] = ['[', '],['].map((text) => encoder.encode(text)) as [Uint8Array, Uint8Array];
  return {
    properties: { radiusUm: head.radiusUm ?? RADIUS_UM },
    head: '{"type":"Polygon","isEllipse":true,"coordinates":[',
    tail: ']]]}',
    coordinates(out, x, y) {
      out.bytes(open);
      corners.forEach((corner, i) => {
        out.bytes(i === 0 ? open : next);
        writePosition(out, x + corner.x, y + corner.y);
      });
    },
  };
});
