/** `unicell classify` on files as other programs write them. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { parquetReadObjects } from 'hyparquet';
import { parquetWriteBuffer } from 'hyparquet-writer';
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { cellPixels } from '../../test/api/images.ts';
import { runUnicell } from '../../test/support/run-unicell.ts';
import { tempFolder } from '../../test/support/temp-folder.ts';
import { writeTinyModel } from '../../test/support/tiny-model.ts';
import { readForeign } from '../foreign-nuclei/read-foreign.ts';

const cwd = tempFolder();
const [width, height] = [400, 300];
const cells = Array.from({ length: 12 }, (_, i) => [2 + 3 * i, 3 + 2 * i] as [number, number]);
/** What the model itself says: x, y, class. */
let detected: readonly (readonly [x: number, y: number, name: string])[] = [];

const run = (command: string, ...args: string[]) =>
  runUnicell(
    [command, 'a.png', '--mpp', '0.5', '--dataset', 'consep', '--model', 'tiny', ...args],
    { cwd },
  );
const save = (name: string, content: string | Uint8Array) => {
  writeFileSync(join(cwd, name), content);
  return name;
};
const output = (name: string) => readFileSync(join(cwd, 'out', name));

/** A nucleus as QuPath exports one of StarDist: a polygon, without a class. */
const polygon = (x: number, y: number, i: number) => ({
  type: 'Feature',
  id: `00000000-0000-4000-8000-${String(i).padStart(12, '0')}`,
  geometry: {
    type: 'Polygon',
    coordinates: [
      [
        [x - 3, y - 3],
        [x + 3, y - 3],
        [x + 3, y + 3],
        [x - 3, y + 3],
        [x - 3, y - 3],
      ],
    ],
  },
  properties: { objectType: 'detection', measurements: { Area: 36 } },
});

beforeAll(async () => {
  await writeTinyModel(join(cwd, 'tiny'));
  const raw = { width, height, channels: 3 } as const;
  await sharp(cellPixels(width, height, cells), { raw })
    .png()
    .toFile(join(cwd, 'a.png'));
  const { code, stderr } = await run('detect', '--format', 'csv');
  expect(code, stderr).toBe(0);
  const lines = output('a.consep.csv').toString().trim().split('\n').slice(1);
  detected = lines.map((line) => {
    const [x, y, name] = line.split(',');
    return [Number(x), Number(y), name!] as const;
  });
  expect(detected.length).toBeGreaterThan(8);
});

describe('unicell classify', () => {
  it('names polygons of QuPath, and keeps everything else of the file', async () => {
    const features = detected.map(([x, y], i) => polygon(x, y, i));
    const far = polygon(390, 8, 999);
    const collection = { type: 'FeatureCollection', features: [...features, far] };
    save('stardist.geojson.gz', gzipSync(JSON.stringify(collection)));
    const { code, stdout, stderr } = await run(
      ...(['classify', '--points', 'stardist.geojson.gz', '--format', 'csv'] as const),
    );
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toContain(`a.png: ${detected.length + 1} nuclei, 0 of them outside`);
    expect(stdout).toMatch(/none within the radius\s+1\n/);
    const written = JSON.parse(output('a.consep.classified.geojson').toString());
    expect(written.features).toHaveLength(features.length + 1);
    for (const [i, feature] of features.entries()) {
      const { properties, ...same } = written.features[i];
      expect(same).toEqual({ type: feature.type, id: feature.id, geometry: feature.geometry });
      expect(properties).toEqual({
        objectType: 'detection',
        classification: {
          name: detected[i]![2],
          color: expect.arrayContaining([expect.any(Number)]),
        },
        measurements: { Area: 36, 'UniCell score': expect.any(Number) },
      });
    }
    expect(written.features.at(-1)).toEqual(far);
    const csv = output('a.classified.consep.csv').toString().trim().split('\n');
    expect(csv).toHaveLength(features.length + 2);
    expect(csv.at(-1)).toBe('390,8,,0');
  });

  it('names rows of tables in micrometres, in any spelling', async () => {
    const xenium = ['cell_id,x_centroid,y_centroid,note'].concat(
      detected.map(([x, y], i) => `c-${i},${x / 2},${y / 2},"a, b"`),
    );
    const file = save('cells.csv', xenium.join('\n'));
    const unsaid = await run('classify', '--points', file);
    expect([unsaid.code, unsaid.stderr]).toEqual([
      2,
      expect.stringMatching(
        /x_centroid and y_centroid, which are micrometres.*--unit um or --unit px/,
      ),
    ]);
    const said = await run('classify', '--points', file, '--unit', 'um');
    expect([said.code, said.stderr]).toEqual([0, '']);
    const expected = output('a.consep.classified.csv').toString().trim().split('\n');
    expect(expected[0]).toBe('cell_id,x_centroid,y_centroid,note,unicell_class,unicell_score');
    expect(expected.slice(1).map((line) => line.split(',').at(-2))).toEqual(
      detected.map(([, , name]) => name),
    );
    expect(expected[1]).toMatch(/^c-0,[\d.]+,[\d.]+,"a, b",/);
    const decimal = (value: number) => String(value / 2).replace('.', ',');
    const qupath = ['Centroid X µm;Centroid Y µm'].concat(
      detected.map(([x, y]) => `${decimal(x)};${decimal(y)}`),
    );
    const other = await run(
      'classify',
      '--points',
      save('qupath.tsv', qupath.join('\r\n')),
      ...['--json', '--out', 'qupath'],
    );
    expect([other.code, other.stderr]).toEqual([0, '']);
    const { results, count } = JSON.parse(other.stdout);
    expect([count, results[0].without]).toEqual([detected.length, 0]);
  });

  it('names rows of Parquet, with their ids', async () => {
    const columnData = [
      { name: 'cell_id', data: detected.map((_, i) => `c-${i}`) },
      { name: 'x', data: Float64Array.from(detected, ([x]) => x) },
      { name: 'y', data: Float64Array.from(detected, ([, y]) => y) },
    ];
    const file = save('cells.parquet', new Uint8Array(parquetWriteBuffer({ columnData })));
    const { code, stderr } = await run('classify', '--points', file);
    expect([code, stderr]).toEqual([0, '']);
    const bytes = new Uint8Array(output('a.consep.classified.parquet'));
    const rows = await parquetReadObjects({ file: bytes.buffer });
    expect(rows.map(({ cell_id, unicell_class }) => [cell_id, unicell_class])).toEqual(
      detected.map(([, , name], i) => [`c-${i}`, name]),
    );
    // Our own GeoParquet has a geometry.
    await run('detect', '--format', 'parquet');
    const points = ['--points', join('out', 'a.consep.parquet')];
    const own = await run('classify', ...points, '--json', '--out', 'own');
    expect(JSON.parse(own.stdout).results[0].without).toBe(0);
  });

  it('overwrites its own files, and those of no other call', async () => {
    const [x, y] = detected[0]!;
    const first = save('first.csv', `x,y\n${x},${y}\n`);
    const second = save('second.csv', `x,y\n${x},${y}\n1,1\n`);
    const to = (points: string, ...more: string[]) =>
      run('classify', '--points', points, '--out', 'shared', ...more);
    const lines = () =>
      readFileSync(join(cwd, 'shared/a.consep.classified.csv'), 'utf8').trim().split('\n').length;
    expect((await to(first)).code).toBe(0);
    const refused = await to(second);
    expect([refused.code, refused.stderr]).toEqual([2, expect.stringMatching(/--force/)]);
    expect(lines()).toBe(2);
    save('first.csv', `x,y\n${x},${y}\n${x},${y}\n${x},${y}\n`);
    expect((await to(first)).code).toBe(0);
    expect(lines()).toBe(4);
    expect((await to(second, '--force')).code).toBe(0);
    expect(lines()).toBe(3);
  });

  it('says when hardly any point lies on a nucleus', async () => {
    const file = save('off.csv', 'x,y\n390,8\n391,8\n5000,8\n');
    const { code, stderr } = await run('classify', '--points', file, '--out', 'off');
    expect([code, stderr]).toEqual([
      0,
      expect.stringMatching(/0 of 3 nuclei got a class, 1 lie outside of the picture/),
    ]);
  });

  it.each([
    ['none.csv', 'x,y\n', /holds no nuclei/],
    ['bad.csv', 'x,y\n1,two\n', /bad\.csv, line 2: .*"two"; both must be numbers/],
    ['other.csv', 'a,b\n1,2\n', /has the columns a, b, and no centres/],
    [
      'bad.geojson',
      '{"type":"FeatureCollection","features":[{"geometry":{"type":"LineString"}}]}',
      /feature 0: its geometry is "LineString"/,
    ],
    ['bad.parquet', 'PAR1', /cannot be read as Parquet/],
    ['what.xlsx', 'x', /none of the extensions/],
  ])('refuses %s by name', async (name, content, message) => {
    const path = join(cwd, save(name, content));
    await expect(readForeign(path)).rejects.toThrow(message);
  });
});
