import type { RegionGeometry } from './region-geometry.ts';

/** Corners of an ellipse: its area is right to 0.01 %. */
const CORNERS = 256;

/**
 * The ellipse inside the box around a polygon, which is what QuPath means by `"isEllipse": true` in a geometry.
 *
 * @param region A polygon of one ring of positions.
 */
export function ellipseOf(region: RegionGeometry): RegionGeometry {
  const places = region.type === 'Polygon' ? region.coordinates.flat() : region.coordinates.flat(2);
  const span = (axis: 0 | 1) => {
    let [least, most] = [Infinity, -Infinity];
    for (const place of places) {
      least = Math.min(least, place[axis]);
      most = Math.max(most, place[axis]);
    }
    return { middle: (least + most) / 2, radius: (most - least) / 2 };
  };
  const [x, y] = [span(0), span(1)];
  const ring = Array.from({ length: CORNERS }, (_, i): [number, number] => {
    const angle = (2 * Math.PI * i) / CORNERS;
    return [x.middle + x.radius * Math.cos(angle), y.middle + y.radius * Math.sin(angle)];
  });
  return { type: 'Polygon', coordinates: [[...ring, ring[0]!]] };
}
