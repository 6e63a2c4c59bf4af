/**
 * GeoJSON for QuPath with a point per nucleus: the smaller file, and the exact centre.
 *
 * @module
 */
import { featureWriters, writePosition } from './qupath-features.ts';

export const { write, stream } = featureWriters(() => ({
  head: '{"type":"Point","coordinates":[',
  tail: ']}',
  coordinates: writePosition,
}));
