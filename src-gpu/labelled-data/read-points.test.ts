import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { consep } from '../../shared/datasets/consep.ts';
import { findFormat } from '../../shared/formats/registry.ts';
import { nucleiOf } from '../../test/support/export-input.ts';
import { tempFolder } from '../../test/support/temp-folder.ts';
import { readPoints } from './read-points.ts';

const folder = tempFolder();
const nuclei = nucleiOf([
  [1, 2.5, 0, 0.5],
  [30, 4, 2, 0.25],
]);

async function save(format: string, name: string, pack = false): Promise<string> {
  const { write } = await findFormat(format).load();
  const image = { id: 'a', width: 99, height: 99, mpp: 0.5 };
  const model = { id: 'compact', version: '1.0' };
  const bytes = Buffer.concat([...write({ nuclei, dataset: consep, image, model })]);
  const path = join(folder, name);
  writeFileSync(path, pack ? gzipSync(bytes) : bytes);
  return path;
}

describe('gzipped points', () => {
  it.each([
    ['qupath-gz', 'a.geojson.gz', false],
    ['qupath-circles-gz', 'a.circles.geojson.gz', false],
    ['csv', 'a.csv.gz', true],
    ['json-columns', 'a.columns.json.gz', true],
  ] as const)('are read: %s', async (format, name, pack) => {
    const [read] = [...(await readPoints(await save(format, name, pack), consep)).values()];
    expect(read).toMatchObject({ length: 2, x: nuclei.x, y: nuclei.y, class: nuclei.class });
  });

  it('are refused when they are cut off', async () => {
    const path = join(folder, 'cut.csv.gz');
    writeFileSync(path, gzipSync('x,y,class\n1,2,Epithelial\n').subarray(0, 20));
    await expect(readPoints(path, consep)).rejects.toMatchObject({
      code: 'POINTS_INVALID',
      message: expect.stringMatching(/cut\.csv\.gz cannot be unpacked/),
    });
  });
});
