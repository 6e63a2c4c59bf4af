type Position = [x: number, y: number];

/** A part of a slide: a GeoJSON geometry (RFC 7946, section 3.1) in pixels of level 0, y downwards. */
export type RegionGeometry =
  | { type: 'Polygon'; coordinates: Position[][] }
  | { type: 'MultiPolygon'; coordinates: Position[][][] };
