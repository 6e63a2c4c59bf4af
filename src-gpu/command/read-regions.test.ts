import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { regionsArea } from '../../shared/tiling/region-area.ts';
import { tempFolder } from '../../test/support/temp-folder.ts';
import { readRegions } from './read-regions.ts';

const folder = tempFolder();
const image = { width: 300, height: 260 };
const square = [
  [20, 20],
  [150, 20],
  [150, 150],
  [20, 150],
  [20, 20],
];
const polygon = (members = {}) => ({ type: 'Polygon', coordinates: [square], ...members });
const feature = (geometry: unknown, members = {}) => ({ type: 'Feature', geometry, ...members });

async function area(content: string | Uint8Array): Promise<number> {
  const path = join(folder, `${crypto.randomUUID()}.geojson`);
  await writeFile(path, content);
  return regionsArea(await readRegions(path), image);
}

describe('regions of other programs', () => {
  it.each([
    ['bare', polygon()],
    ['a feature', feature(polygon())],
    ['a list', [feature(polygon())]],
    [
      'a collection with foreign members',
      { type: 'FeatureCollection', features: [feature(polygon(), { id: 'a' })], crs: {} },
    ],
    ['foreign members in the geometry', feature(polygon({ plane: { c: -1, z: 0, t: 0 } }))],
    [
      'a third coordinate',
      feature({ type: 'Polygon', coordinates: [square.map((place) => [...place, 0])] }),
    ],
    ['several polygons', { type: 'MultiPolygon', coordinates: [[square]], plane: {} }],
  ])('are read: %s', async (_, json) => {
    const text = JSON.stringify(json);
    for (const content of [text, `\uFEFF${text}`, gzipSync(text)]) {
      expect(await area(content)).toBeCloseTo(130 * 130, 6);
    }
  });

  it('are ellipses where QuPath says so', async () => {
    const ellipse = Math.PI * 65 * 65;
    expect(
      (await area(JSON.stringify(feature(polygon({ isEllipse: true }))))) / ellipse,
    ).toBeCloseTo(1, 3);
    expect(await area(JSON.stringify(feature(polygon({ isEllipse: false }))))).toBeCloseTo(
      16_900,
      6,
    );
  });

  const named = { properties: { name: 'Tumour' } };
  it.each<[unknown, RegExp]>([
    ['no json', /it is no JSON/],
    [{ type: 'FeatureCollection' }, /FeatureCollection without "features"/],
    [[], /has 0 features; 1 to 1000/],
    [
      feature({ type: 'Point', coordinates: [1, 2] }),
      /its feature is "Point"; regions are Polygon/,
    ],
    [feature(null), /its feature has no geometry/],
    [
      [feature(polygon()), feature({ type: 'LineString', coordinates: square }, named)],
      /feature 2 of 2 \("Tumour"\) is "LineString"/,
    ],
    [feature({ type: 'Polygon', coordinates: [square.slice(0, 3)] }), /ring \(1\) of 3 positions/],
    [
      feature({ type: 'Polygon', coordinates: [square, [...square.slice(1), [1]]] }),
      /\[1\] as position 5 of a ring \(2\)/,
    ],
    [
      feature({ type: 'Polygon', coordinates: [Array.from({ length: 50_001 }, () => [0, 0])] }),
      /50001 positions; at most 50000/,
    ],
  ])('are refused with the feature and the cause: %j', async (json, cause) => {
    const text = typeof json === 'string' ? json : JSON.stringify(json);
    await expect(area(text)).rejects.toMatchObject({
      code: 'INVALID_OPTIONS',
      message: expect.stringMatching(cause),
    });
  });
});

const cases = join(import.meta.dirname, '../../../shared/cases');
const hasCases = existsSync(cases);
if (!hasCases) console.warn('SKIPPED: no ../shared/cases with files that people have.');

describe.skipIf(!hasCases)('a file that people have', () => {
  it.each([
    ['fc.geojson', 16_900],
    ['plane.geojson', 16_900],
    ['z.geojson', 16_900],
    ['ellipse2.geojson', Math.PI * 65 * 65],
    ['v12000.geojson', Math.PI * 100 * 100],
  ])('%s is read', async (name, right) => {
    const read = regionsArea(await readRegions(join(cases, name)), image);
    expect(Math.abs(read / right - 1)).toBeLessThan(0.01);
  });
});
