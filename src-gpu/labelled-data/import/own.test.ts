/** Anyone's labels, as people have them, become what training and evaluation read. */
import { readFileSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { picture, writeFiles } from '../../../test/support/published.ts';
import { tempFolder } from '../../../test/support/temp-folder.ts';
import { type ImportOptions, importDataset } from './import-dataset.ts';
import { ownImporter } from './own.ts';

const root = tempFolder();
const png = await picture(40, 30);
const data = { id: 'mine', classes: ['Tumour', 'Stroma'] };

async function imported(
  files: Readonly<Record<string, string | Uint8Array>>,
  options: Partial<ImportOptions> = {},
  own = data,
) {
  const home = await mkdtemp(join(root, 'own-'));
  writeFiles(join(home, 'source'), files);
  const out = join(home, 'mine');
  await importDataset(ownImporter(own), {
    ...{ source: join(home, 'source'), out, sourceMpp: 0.5, split: 'published', seed: 1 },
    ...options,
  });
  const lines = (name: string) => readFileSync(join(out, name), 'utf8').trimEnd().split('\n');
  return { lines, images: lines('images.csv').slice(1), points: lines('points.csv').slice(1) };
}

/** As QuPath's "Export objects as GeoJSON" writes: cells with a nucleus, and points. */
const cell = (name: string, ring: number[][]) => ({
  type: 'Feature',
  geometry: {
    type: 'Polygon',
    coordinates: [
      [
        [0, 0],
        [39, 0],
        [39, 29],
        [0, 0],
      ],
    ],
  },
  nucleusGeometry: { type: 'Polygon', coordinates: [ring] },
  properties: { objectType: 'cell', classification: { name, color: [200, 0, 0] } },
});
const square = [
  [10, 10],
  [14, 10],
  [14, 14],
  [10, 14],
  [10, 10],
];
const point = {
  type: 'Feature',
  geometry: { type: 'Point', coordinates: [3.5, 4.5] },
  properties: { objectType: 'annotation', classification: { name: 'stroma' } },
};
const unnamed = { ...point, properties: { objectType: 'annotation' } };

describe('own data', () => {
  it('comes from QuPath, a file for each picture', async () => {
    const { images, points } = await imported({
      'train/a.png': png,
      'train/a.geojson': JSON.stringify({
        type: 'FeatureCollection',
        features: [cell('Tumour', square), point, unnamed],
      }),
      'validation/b.png': png,
      'validation/b.geojson': JSON.stringify([cell('TUMOUR', square)]),
      'test/c.png': png,
      'test/c.csv': 'x,y,class\n',
    });
    expect(images).toEqual([
      'c.png,test,40,30,0.5',
      'a.png,train,40,30,0.5',
      'b.png,val,40,30,0.5',
    ]);
    expect(points).toEqual([
      'a.png,12,12,Tumour',
      'a.png,3.5,4.5,Stroma',
      'a.png,3.5,4.5,',
      'b.png,12,12,Tumour',
    ]);
  });

  it('takes no split from folders above, nor from the name of a picture', async () => {
    const home = await mkdtemp(join(root, 'own-'));
    const source = join(home, 'train', 'pictures');
    writeFiles(source, { 'test.png': png, 'test.csv': 'x,y,class\n' });
    const { images } = await ownImporter(data).find(source);
    expect(images.map(({ split }) => split)).toEqual([undefined]);
  });

  it('comes from COCO, a file for each split', async () => {
    const coco = (name: string, annotations: object[]) =>
      JSON.stringify({
        images: [{ id: 7, file_name: `images/${name}`, width: 40, height: 30 }],
        categories: [
          { id: 1, name: 'Stroma' },
          { id: 5, name: 'Tumour' },
        ],
        annotations: annotations.map((one, id) => ({ id, image_id: 7, ...one })),
      });
    const triangle = [0, 0, 6, 0, 0, 6];
    const { lines, images, points } = await imported({
      'images/a.png': png,
      'images/b.png': png,
      'annotations/train.json': coco('a.png', [
        { category_id: 5, segmentation: [triangle], bbox: [0, 0, 6, 6], iscrowd: 0 },
        { category_id: 1, segmentation: { counts: 'abc', size: [30, 40] }, bbox: [4, 6, 2, 4] },
        { category_id: 1, bbox: [20.4, 10, 5, 5], iscrowd: 1 },
      ]),
      'annotations/val.json': coco('b.png', []),
    });
    expect(images).toEqual(['a.png,train,40,30,0.5', 'b.png,val,40,30,0.5']);
    expect(points).toEqual(['a.png,2,2,Tumour', 'a.png,5,8,Stroma']);
    expect(lines('ignore.csv')).toEqual(['image,x0,y0,x1,y1', 'a.png,20,10,26,15']);
  });

  it('comes from one table, is resampled and dealt', async () => {
    const { images, points } = await imported(
      {
        'a.png': png,
        'b.png': png,
        'c.png': png,
        'labels.csv': 'image;x;y;class\na.png;10;20;Tumour\nb.png;1;2;Stroma\nc.png;1;2;\n',
      },
      { sourceMpp: 0.25, mpp: 0.5, split: { train: 0.34, val: 0.33, test: 0.33 } },
    );
    expect(images.map((line) => line.split(',')[1]).sort()).toEqual(['test', 'train', 'val']);
    expect(images[0]).toMatch(/^a\.png,\w+,20,15,0\.5$/);
    expect(points).toEqual(['a.png,5,10,Tumour', 'b.png,0.5,1,Stroma', 'c.png,0.5,1,']);
  });

  it.each([
    ['no picture', { 'a.csv': 'x,y,class\n' }, 'SOURCE_NOT_FOUND', /holds no picture/],
    ['no labels', { 'a.png': png }, 'SOURCE_NOT_FOUND', /a\.png has no labels/],
    [
      'labels of another picture',
      { 'a.png': png, 'all.csv': 'image,x,y,class\na.png,1,2,\nz.png,1,2,\n' },
      'SOURCE_NOT_FOUND',
      /"z\.png".*no picture/,
    ],
    [
      'labels that name no picture',
      { 'a.png': png, 'all.csv': 'x,y,class\n1,2,\n' },
      'SOURCE_NOT_FOUND',
      /does not name its picture/,
    ],
    [
      'a picture that is in no file',
      { 'a.png': png, 'b.png': png, 'all.csv': 'image,x,y,class\na.png,1,2,\n' },
      'SOURCE_NOT_FOUND',
      /b\.png is in none of/,
    ],
    [
      'a picture in two files',
      {
        'a.png': png,
        'x.csv': 'image,x,y,class\na.png,1,2,\n',
        'y.csv': 'image,x,y,class\na.png,1,2,\n',
      },
      'POINTS_INVALID',
      /another file labels too/,
    ],
    [
      'a class that nobody named',
      { 'train/a.png': png, 'train/a.csv': 'x,y,class\n1,2,Plasma\n' },
      'POINTS_INVALID',
      /no class "Plasma"; it has Tumour, Stroma/,
    ],
    [
      'an annotation without a place',
      {
        'a.png': png,
        'all.json': JSON.stringify({
          images: [{ id: 1, file_name: 'a.png' }],
          categories: [{ id: 1, name: 'Tumour' }],
          annotations: [{ image_id: 1, category_id: 1, bbox: [1, 2, 3] }],
        }),
      },
      'POINTS_INVALID',
      /annotation 0: it has neither polygons nor a bbox/,
    ],
  ])('is refused with %s', async (_, files, code, message) => {
    const tried = imported(files as Record<string, string | Uint8Array>);
    await expect(tried).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
  });

  it.each([
    [{ id: 'My Lab', classes: ['A'] }, /lower-case letters/],
    [{ id: 'mine', classes: [] }, /--classes/],
    [{ id: 'mine', classes: ['Tumour', 'tumour '] }, /each once/],
  ])('is refused as %j', (own, message) => {
    expect(() => ownImporter(own)).toThrow(message);
  });
});
