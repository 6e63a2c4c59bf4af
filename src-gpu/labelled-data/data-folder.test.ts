/** Labelled pictures as they lie on disk, and as each dataset reads them. */
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { datasets } from '../../shared/datasets/registry.ts';
import { tempFolder } from '../../test/support/temp-folder.ts';
import { hasDataOf, readDataFolder } from './data-folder.ts';

const folder = tempFolder();
const consep = datasets.get('consep');
const nuclei = datasets.get('nuclei');

async function writeData(name: string, files: Readonly<Record<string, string>>): Promise<string> {
  const home = join(folder, name);
  await mkdir(home, { recursive: true });
  for (const [file, text] of Object.entries(files)) await writeFile(join(home, file), text);
  return home;
}

beforeAll(async () => {
  await writeData('all/consep', {
    'images.csv': 'image,split,mpp\na.png,test,0.5\nb.png,train,0.5\n',
    'points.csv': 'image,x,y,class\na.png,1,2,stromal\na.png,3,4,\nb.png,5,6,inflammatory\n',
  });
  await writeData('all/monuseg', {
    'images.csv': 'image,split,mpp\na.png,test,0.25\n',
    'points.csv': 'image,x,y,class\na.png,7,8,\n',
  });
  await writeData('all/monusac', {
    'images.csv': 'image,split,mpp\na.png,test,0.25\n',
    'points.csv': 'image,x,y,class\na.png,9,9,macrophage\n',
  });
});

describe('readDataFolder', () => {
  it('reads a folder, or the one that holds it under the id', async () => {
    for (const at of ['all', 'all/consep']) {
      const images = await readDataFolder(join(folder, at), consep, 'test');
      expect(images.map(({ image, mpp }) => [image, mpp])).toEqual([['a.png', 0.5]]);
      expect([...images[0]!.truth.class]).toEqual([2, 255]);
    }
  });

  it('takes every nucleus of every folder for a dataset that names none', async () => {
    const images = await readDataFolder(join(folder, 'all'), nuclei, 'test');
    expect(images.map(({ image, path, mpp }) => [image, path, mpp])).toEqual([
      ['consep/a.png', join(folder, 'all/consep/images/a.png'), 0.5],
      ['monuseg/a.png', join(folder, 'all/monuseg/images/a.png'), 0.25],
    ]);
    expect(images.map(({ truth }) => [...truth.class])).toEqual([[0, 0], [0]]);
    expect(await readDataFolder(join(folder, 'all'), nuclei, undefined)).toHaveLength(3);
  });

  it('takes any one folder for it too, also one whose classes it does not know', async () => {
    const [one] = await readDataFolder(join(folder, 'all/monusac'), nuclei, 'test');
    expect([one!.image, ...one!.truth.class]).toEqual(['a.png', 0]);
  });

  it('says where it looked, and which splits there are', async () => {
    await expect(readDataFolder(folder, nuclei, 'test')).rejects.toMatchObject({
      code: 'SOURCE_NOT_FOUND',
      message: expect.stringMatching(
        /no images\.csv in .*nuclei or .*consep.*nuinsseg\. Pass the folder/,
      ),
    });
    await expect(readDataFolder(join(folder, 'all'), nuclei, 'val')).rejects.toMatchObject({
      code: 'INVALID_OPTIONS',
      message: expect.stringMatching(/is in the split "val"; there are test, train/),
    });
    expect(hasDataOf(folder, nuclei)).toBe(false);
    expect(hasDataOf(join(folder, 'all'), datasets.get('pannuke'))).toBe(false);
  });
});

describe('ignore.csv', () => {
  const read = async (...lines: string[]) => {
    const home = await writeData('ignoring', {
      'images.csv': 'image,split,mpp\na.png,test,0.5\nb.png,test,0.5\n',
      'points.csv': 'image,x,y,class\na.png,3,3,stromal\n',
      'ignore.csv': `${lines.join('\n')}\n`,
    });
    return readDataFolder(home, consep, 'test');
  };
  const header = 'image,x0,y0,x1,y1';

  it('gives each picture its boxes', async () => {
    const images = await read(header, 'a.png,0,0,4.5,4', '"a.png",10,10,20,20');
    expect(images.map(({ ignored }) => ignored)).toEqual([
      [
        { x0: 0, y0: 0, x1: 4.5, y1: 4 },
        { x0: 10, y0: 10, x1: 20, y1: 20 },
      ],
      [],
    ]);
    expect((await read(header)).every(({ ignored }) => ignored.length === 0)).toBe(true);
  });

  it.each([
    ['a box that is reversed', 'a.png,5,0,4,9', 'POINTS_INVALID', /line 3: the box is x 5 to 4/],
    ['an empty one', 'a.png,5,3,9,3', 'POINTS_INVALID', /y0 less than y1/],
    ['a corner that is no number', 'a.png,0,0,x,9', 'POINTS_INVALID', /line 3: x1 is "x"/],
    ['a corner that is missing', 'a.png,0,,4,9', 'POINTS_INVALID', /line 3: y0 is ""/],
    ['an infinite one', 'a.png,0,0,4,Infinity', 'POINTS_INVALID', /y1 is "Infinity"/],
    ['a column too few', 'a.png,0,0,4', 'POINTS_INVALID', /line 3: it has 4 columns/],
    [
      'a picture that is not there',
      'c.png,0,0,4,9',
      'SCORE_MISMATCH',
      /line 3: .* picture "c\.png"/,
    ],
  ])('refuses %s, naming the line', async (_, line, code, message) => {
    await expect(read(header, 'a.png,0,0,4,4', line)).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
    });
  });
});

const shared = fileURLToPath(new URL('../../../shared/data', import.meta.url));
const isThere = existsSync(join(shared, 'pannuke'));
if (!isThere) console.warn(`Skipped: ${shared} is absent, no labelled data are read.`);

describe.skipIf(!isThere)('the data that are there', () => {
  it.each([
    ['monusac', 23],
    ['pannuke', 132],
  ])('%s: every class has its place', async (id, count) => {
    const dataset = datasets.get(id);
    const images = await readDataFolder(shared, dataset, 'test');
    expect(images).toHaveLength(count);
    const seen = new Set(images.flatMap(({ truth }) => [...truth.class]));
    for (const index of dataset.classes.keys()) expect(seen).toContain(index);
  });

  it('MoNuSAC has regions that are not scored', async () => {
    const images = await readDataFolder(shared, datasets.get('monusac'), undefined);
    expect(images.flatMap(({ ignored }) => ignored)).toHaveLength(1312);
  });

  it.each(['monuseg', 'tnbc', 'nuinsseg'])('%s: every nucleus is a Nucleus', async (name) => {
    const images = await readDataFolder(join(shared, name), nuclei, 'train');
    const classes = images.flatMap(({ truth }) => [...truth.class]);
    expect(classes.length).toBeGreaterThan(1000);
    expect(new Set(classes)).toEqual(new Set([0]));
  });
});
