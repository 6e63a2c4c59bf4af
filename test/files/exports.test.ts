/** Our result files in the programs that people read them with: pycocotools, geopandas, pandas. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { consep } from '../../shared/datasets/consep.ts';
import { FORMATS, findFormat } from '../../shared/formats/registry.ts';
import { UNKNOWN_CLASS } from '../../shared/scoring/labelled-points.ts';
import { nucleiOf } from '../support/export-input.ts';
import { pythonWith } from '../support/python-files.ts';
import { tempFolder } from '../support/temp-folder.ts';

const missed = 'no result file is read by pycocotools and geopandas';
const python = pythonWith(['geopandas', 'pyarrow', 'pycocotools'], missed);
const script = fileURLToPath(new URL('read-exports.py', import.meta.url));
const folder = tempFolder();
const [width, height] = [300, 260];
const mpp = 0.5;

/** In every corner, on every side, and in the middle. */
const nuclei = nucleiOf([
  [0.2, 0.3, 0, 0.9],
  [299.7, 1, 1, 0.8],
  [2, 259.996, 2, 0.7],
  [299.996, 259.5, UNKNOWN_CLASS, 0.6],
  [150, 3, 0, 0.5],
  [150.25, 130.5, 1, 0.4],
]);
const image = { id: 'a.png', width, height, mpp };
const model = { id: 'compact', version: '1.0' };

async function written(format: string, radiusUm?: number): Promise<string> {
  const { write } = await findFormat(format).load();
  const parts = [...write({ nuclei, dataset: consep, image, model, radiusUm })];
  const { extension } = FORMATS.find(({ id }) => id === format)!;
  const path = join(folder, `a.${extension}`);
  writeFileSync(path, Buffer.concat(parts));
  return path;
}
const text = async (format: string) => {
  const { write } = await findFormat(format).load();
  return Buffer.concat([...write({ nuclei, dataset: consep, image, model })]).toString();
};

describe('what is drawn around nuclei', () => {
  it('stays in the picture', async () => {
    const { annotations } = JSON.parse(await text('coco'));
    expect(annotations).toHaveLength(6);
    for (const { bbox, area, segmentation } of annotations) {
      const [x, y, w, h] = bbox as [number, number, number, number];
      expect(Math.min(x, y)).toBeGreaterThanOrEqual(0);
      expect([x + w <= width + 1e-9, y + h <= height + 1e-9, w > 0, h > 0]).toEqual([
        true,
        true,
        true,
        true,
      ]);
      expect(area).toBeCloseTo(w * h, 2);
      expect(segmentation[0]).toHaveLength(8);
    }
    expect(annotations[5].bbox).toEqual([142.25, 122.5, 16, 16]);
    for (const { box } of JSON.parse(await text('detr'))) {
      expect(Math.min(box.xmin, box.ymin)).toBeGreaterThanOrEqual(0);
      expect([box.xmax <= width, box.ymax <= height]).toEqual([true, true]);
    }
    for (const format of ['aperio', 'halo']) {
      const file = await text(format);
      for (const [, axis, value] of file.matchAll(/ ([XY])="(-?[\d.]+)"/g)) {
        expect(Number(value)).toBeGreaterThanOrEqual(0);
        expect(Number(value)).toBeLessThanOrEqual(axis === 'X' ? width : height);
      }
    }
  });

  it('has the radius that was asked for, to the digit', async () => {
    for (const mpp of [0.2501, 0.4992, 0.499]) {
      const { write } = await findFormat('qupath-circles').load();
      const parts = [...write({ nuclei, dataset: consep, image: { ...image, mpp }, model })];
      const { unicell, properties } = JSON.parse(Buffer.concat(parts).toString());
      expect([unicell.radiusUm, properties]).toEqual([4, undefined]);
    }
  });
});

describe.skipIf(!python)('other programs', () => {
  it('read what we write', async () => {
    const coco = await written('coco');
    const qupath = await written('qupath-circles');
    const parquet = await written('parquet');
    const csv = await written('csv');
    const seen = JSON.parse(python!(script, coco, qupath, parquet, csv));
    expect(seen.coco).toMatchObject({ annotations: 6, categories: 4 });
    // Masks of the boxes: whole pixels whose centres they hold.
    expect(seen.coco.maskPixels[5]).toBeGreaterThan(200);
    expect(Math.min(...seen.coco.maskPixels)).toBeGreaterThan(0);
    expect(seen.coco.ap).toBeCloseTo(1, 3);
    expect(seen.geojson).toMatchObject({ rows: 6, type: 'Polygon' });
    expect(seen.parquet).toEqual({ rows: 6, type: 'Point', x: 150.25, y: 130.5 });
    expect(seen.csv).toEqual({ rows: 6, columns: ['x', 'y', 'class', 'score'] });
  });
});
