import { expect, it } from 'vitest';
import { readGeoJson } from './read-geojson.ts';

it.each([
  [null, 'it has no geometry'],
  [undefined, 'it has no geometry'],
  [{}, 'its geometry has no type'],
  [{ type: 'LineString', coordinates: [] }, 'its geometry is "LineString" without a centre'],
  [{ type: 'Polygon', coordinates: [] }, 'its geometry is "Polygon" without a centre'],
])('says what is wrong with the geometry %j', (geometry, what) => {
  const text = JSON.stringify({ type: 'FeatureCollection', features: [{ geometry }] });
  expect(() => readGeoJson(text, 'a.geojson', undefined)).toThrow(
    `a.geojson, feature 0: ${what}; a nucleus is a Point`,
  );
});
