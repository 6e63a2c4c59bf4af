/** Real files in the layout they are published in, against what others made of the same pictures. */
import { cpSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { tempFolder } from '../../../test/support/temp-folder.ts';
import { openImage } from '../../slides/open-image.ts';
import { readTable } from '../table.ts';
import { importDataset } from './import-dataset.ts';
import { loadImporter } from './registry.ts';

const data = fileURLToPath(new URL('../../../../shared/data', import.meta.url));
const isThere = existsSync(data);
if (!isThere) console.warn(`Skipped: ${data} is absent, no published files are imported.`);

const home = tempFolder();
let runs = 0;

async function imported(id: string, source: string, mpp?: number) {
  const out = join(home, `out-${runs++}`);
  const options = { source, out, mpp, split: 'published', seed: 1 } as const;
  const summary = await importDataset(await loadImporter(id), options);
  const columns = ['image', 'x', 'y', 'class'];
  return { out, summary, points: await readTable(join(out, 'points.csv'), columns) };
}

/** The nuclei of one picture in a folder of `../shared/data`. */
async function knownPoints(folder: string, image: string) {
  const rows = await readTable(join(data, folder, 'points.csv'), ['image', 'x', 'y', 'class']);
  return rows.filter(({ cells }) => cells.image === image);
}

/** The mean of the places inside an outline, line by line of half a pixel, by the even-odd rule. */
function meanInside(corners: readonly [number, number][]): { x: number; y: number } {
  const sum = { x: 0, y: 0, length: 0 };
  const ys = corners.map(([, y]) => y);
  for (let y = Math.min(...ys) + 0.25; y < Math.max(...ys); y += 0.5) {
    const crossings = corners
      .map((from, i) => [from, corners[(i + 1) % corners.length]!] as const)
      .filter(([from, to]) => from[1] <= y !== to[1] <= y)
      .map(([from, to]) => from[0] + ((y - from[1]) / (to[1] - from[1])) * (to[0] - from[0]))
      .sort((a, b) => a - b);
    for (let k = 0; k + 1 < crossings.length; k += 2) {
      const length = crossings[k + 1]! - crossings[k]!;
      sum.x += ((crossings[k]! + crossings[k + 1]!) / 2) * length;
      sum.y += y * length;
      sum.length += length;
    }
  }
  return { x: sum.x / sum.length, y: sum.y / sum.length };
}

describe.skipIf(!isThere)('published files', () => {
  it('CoNSeP, test_1 at 40x, brought to 20x', async () => {
    const { out, summary, points } = await imported(
      'consep',
      join(data, 'consep/official-layout-sample'),
      0.5,
    );
    expect(summary.splits()).toMatchObject([
      {
        split: 'test',
        images: 1,
        nuclei: 865,
        classes: { inflammatory: 71, epithelial: 214, stromal: 580 },
      },
    ]);
    expect(summary.leftOut()).toEqual([]);
    const known = await knownPoints('consep', 'test_1.png');
    expect(points).toHaveLength(known.length);
    for (const [i, { cells }] of points.entries()) {
      const other = known[i]!.cells;
      expect([cells.class, cells.raw_class]).toEqual([other.class, other.raw_class]);
      // The other takes numbers as pixel centres and scales those: a quarter pixel less.
      expect(Number(cells.x) - Number(other.x)).toBeCloseTo(0.25, 1);
      expect(Number(cells.y) - Number(other.y)).toBeCloseTo(0.25, 1);
    }
    expect(await readTable(join(out, 'images.csv'), ['image'])).toEqual([
      {
        line: 2,
        cells: { image: 'test_1.png', split: 'test', width: '500', height: '500', mpp: '0.5' },
      },
    ]);
  });

  it('OCELOT, 001', async () => {
    const source = join(home, 'ocelot');
    cpSync(join(data, 'ocelot/official-layout-sample'), source, { recursive: true });
    const picture = join(data, 'ocelot/images/001.jpg');
    cpSync(picture, join(source, 'images/train/cell/001.jpg'));
    const { out, summary, points } = await imported('ocelot', source);
    expect(summary.splits()).toMatchObject([{ split: 'train', images: 1, nuclei: 128 }]);
    const place = ({ cells: { x, y, class: name } }: { cells: Record<string, string> }) => [
      Number(x),
      Number(y),
      name,
    ];
    expect(points.map(place)).toEqual((await knownPoints('ocelot', '001.jpg')).map(place));
    const [image] = await readTable(join(out, 'images.csv'), ['organ', 'slide', 'patient']);
    expect(image!.cells).toMatchObject({
      image: '001.jpg',
      mpp: '0.194461',
      organ: 'kidney',
      slide: 'TCGA-4A-A93X-01Z-00-DX2.45011BF1-FED8-4D22-B5E1-C63DC384FD2A',
      patient: 'TCGA-4A-A93X',
    });
    expect(readFileSync(join(out, 'images/001.jpg')).equals(readFileSync(picture))).toBe(true);
  });

  it('OCELOT, labels whose picture is not there', async () => {
    await expect(imported('ocelot', join(data, 'ocelot/official-layout-sample'))).rejects.toThrow(
      /001\.csv labels a picture that is not there/,
    );
  });

  it('MoNuSAC, a PNG beside the SVS', async () => {
    const source = join(data, 'monusac-sample');
    const { out, summary, points } = await imported('monusac', source);
    expect(summary.splits()).toMatchObject([
      {
        split: 'train',
        nuclei: 314,
        classes: { epithelial: 15, lymphocyte: 299, macrophage: 0, neutrophil: 0 },
      },
    ]);
    const xml = readFileSync(join(source, 'TCGA-5P-A9K0-01Z-00-DX1_2.xml'), 'utf8');
    expect(points).toHaveLength(xml.match(/<Region /g)!.length);
    for (const [i, region] of xml.split('<Region ').slice(1).entries()) {
      const corners = [...region.matchAll(/X="([\d.]+)" Y="([\d.]+)"/g)].map(
        ([, x, y]): [number, number] => [Number(x), Number(y)],
      );
      const filled = meanInside(corners);
      const { x, y } = points[i]!.cells;
      expect(Math.hypot(Number(x) - filled.x, Number(y) - filled.y)).toBeLessThan(0.2);
    }
    const [image] = await readTable(join(out, 'images.csv'), ['mpp']);
    expect(image!.cells).toMatchObject({ width: '756', height: '763', mpp: '0.19448' });
  });

  it('MoNuSAC, the SVS alone', async () => {
    const source = join(home, 'svs');
    for (const type of ['svs', 'xml']) {
      const name = `TCGA-5P-A9K0-01Z-00-DX1_2.${type}`;
      cpSync(join(data, 'monusac-sample', name), join(source, name));
    }
    const { out, points } = await imported('monusac', source);
    expect(points).toHaveLength(314);
    const [image] = await readTable(join(out, 'images.csv'), ['mpp']);
    expect(image!.cells).toMatchObject({ width: '756', height: '763', mpp: '0.19448' });
    const name = 'TCGA-5P-A9K0-01Z-00-DX1_2.png';
    const [decoded, published] = await Promise.all(
      [join(out, 'images', name), join(data, 'monusac-sample', name)].map(
        async (path) => (await openImage(path)).raster.data,
      ),
    );
    const difference = decoded!.reduce(
      (sum, value, i) => sum + Math.abs(value - published![i]!),
      0,
    );
    expect(difference / decoded!.length).toBeLessThan(1);
  });
});
