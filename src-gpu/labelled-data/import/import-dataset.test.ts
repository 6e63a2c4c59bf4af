/** Every dataset, laid out as published with numbers of our own, becomes what training and evaluation read. */
import { readFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { findClass } from '../../../shared/datasets/dataset.ts';
import { imported, labels } from '../../../test/support/imported.ts';
import { matFile } from '../../../test/support/mat-file.ts';
import { bmp, picture } from '../../../test/support/published.ts';
import { readDataFolder } from '../data-folder.ts';
import { importable, loadImporter } from './registry.ts';

describe('importers', () => {
  it.each(importable)('%s spells its classes so that they are found', async (id) => {
    const { dataset, classes } = await loadImporter(id);
    expect(dataset.id).toBe(id);
    expect(classes.map((name) => findClass(dataset, name))).toEqual(
      dataset.classes.map((_, index) => index),
    );
  });

  it('knows datasets that it cannot import', async () => {
    await expect(loadImporter('PanNuke')).rejects.toThrow(/^PanNuke cannot be imported; consep,/);
  });

  it('names the nearest dataset', async () => {
    await expect(loadImporter('ozelot')).rejects.toMatchObject({
      code: 'DATASET_UNKNOWN',
      message: expect.stringMatching(/Did you mean "ocelot"/),
    });
  });
});

describe('importDataset', () => {
  it('merges the types of CoNSeP and resamples to 20x', async () => {
    const types = [1, 2, 3, 4, 5, 6, 7];
    const centroids = types.map((type) => [type * 100, type * 10 + 0.5]);
    const { out, summary, importer, images, points } = await imported(
      'consep',
      {
        'Train/Images/train_1.png': await picture(1000, 1000),
        'Train/Labels/train_1.mat': labels(types, centroids, [1000, 1000]),
        'Train/Overlay/train_1.png': 'not looked at',
        'Train/Images/train_5.png': await picture(1000, 1000),
        'Train/Labels/train_5.mat': labels([], []),
        'Test/Images/test_1.png': await picture(1000, 1000),
        'Test/Labels/test_1.mat': labels([4], [[1000, 1000]]),
        'Test/Images/.DS_Store': '',
      },
      { mpp: 0.5 },
    );
    expect(images).toEqual([
      'image,split,width,height,mpp',
      'train_1.png,train,500,500,0.5',
      'train_5.png,val,500,500,0.5',
      'test_1.png,test,500,500,0.5',
    ]);
    expect(points).toEqual([
      'image,x,y,class,raw_class',
      'train_1.png,50,5.25,stromal,other',
      'train_1.png,100,10.25,inflammatory,inflammatory',
      'train_1.png,150,15.25,epithelial,healthy_epithelial',
      'train_1.png,200,20.25,epithelial,malignant_epithelial',
      'train_1.png,250,25.25,stromal,fibroblast',
      'train_1.png,300,30.25,stromal,muscle',
      'train_1.png,350,35.25,stromal,endothelial',
      'test_1.png,500,500,epithelial,malignant_epithelial',
    ]);
    expect(summary.splits()).toEqual([
      {
        split: 'train',
        images: 1,
        nuclei: 7,
        classes: { inflammatory: 1, epithelial: 2, stromal: 4 },
        unknown: 0,
      },
      {
        split: 'val',
        images: 1,
        nuclei: 0,
        classes: { inflammatory: 0, epithelial: 0, stromal: 0 },
        unknown: 0,
      },
      {
        split: 'test',
        images: 1,
        nuclei: 1,
        classes: { inflammatory: 0, epithelial: 1, stromal: 0 },
        unknown: 0,
      },
    ]);
    const data = await readDataFolder(out, importer.dataset, 'train');
    expect(data.map(({ image, mpp }) => [image, mpp])).toEqual([['train_1.png', 0.5]]);
    // Head order: inflammatory, epithelial, stromal.
    expect([...data[0]!.truth.class]).toEqual([2, 0, 1, 1, 2, 2, 2]);
    const { width, height } = await sharp(data[0]!.path).metadata();
    expect([width, height]).toEqual([500, 500]);
  });

  it('keeps resolution and bytes unless another resolution is asked for', async () => {
    const train = await picture(1000, 1000);
    const { out, images } = await imported('consep', {
      'Train/Images/train_1.png': train,
      'Train/Labels/train_1.mat': labels([2], [[30, 40]]),
    });
    expect(images[1]).toBe('train_1.png,train,1000,1000,0.25');
    expect(readFileSync(join(out, 'images/train_1.png')).equals(train)).toBe(true);
  });

  it.each([
    ['consep', 500, 0.5, [7], 'stromal'],
    ['monusac', 300, 0.25, [4], 'neutrophil'],
    ['ocelot', 1024, 0.2, [2], 'tumor_cell'],
    ['lizard', 600, 0.5, [6], 'connective'],
  ])("reads the copy of %s that UniCell's authors publish", async (id, size, mpp, types, name) => {
    const { images, points } = await imported(id, {
      'Train/Images/a.png': await picture(size, size),
      'Train/Labels/a.mat': labels(types, [[10, 20]]),
    });
    expect(images[1]).toBe(`a.png,train,${size},${size},${mpp}`);
    expect(points[1]!.startsWith(`a.png,10,20,${name}`)).toBe(true);
  });

  it('reads the three folds of Lizard without the pictures of CoNSeP', async () => {
    const mat = (types: number[], points: number[][]) =>
      matFile({
        inst_map: Array.from({ length: 40 }, () => Array(60).fill(0)),
        id: types.map((_, i) => [i + 1]),
        class: types.map((type) => [type]),
        bbox: types.map(() => [0, 1, 0, 1]),
        centroid: points,
      });
    const home = 'lizard_labels/Lizard_Labels';
    const files: Record<string, string | Uint8Array> = {
      [`${home}/info.csv`]:
        'Filename,Source,Split\nconsep_1,consep,1\ncrag_1,crag,2\nglas_1,glas,3\ndpath_1,dpath,1\n',
    };
    for (const name of ['consep_1', 'crag_1', 'glas_1', 'dpath_1']) {
      const part = name.startsWith('c') ? 'Lizard_Images1' : 'Lizard_Images2';
      files[`${part.toLowerCase()}/${part}/${name}.png`] = await picture(60, 40);
      files[`${home}/Labels/${name}.mat`] = mat([1, 2, 3, 4, 5, 6], Array(6).fill([50, 10]));
    }
    const { images, points, summary } = await imported('lizard', files);
    expect(images).toEqual([
      'image,split,width,height,mpp,source,fold',
      'crag_1.png,val,60,40,0.5,crag,2',
      'dpath_1.png,train,60,40,0.5,dpath,1',
      'glas_1.png,test,60,40,0.5,glas,3',
    ]);
    expect(points).toHaveLength(19);
    expect(points.slice(1, 7).map((line) => line.split(',')[3])).toEqual(
      (await loadImporter('lizard')).classes,
    );
    expect(summary.leftOut()).toEqual([{ what: 'pictures of CoNSeP', count: 1 }]);
  });

  it('reads OCELOT and its metadata, and resamples each picture by its own resolution', async () => {
    const entry = (mpp: number, subset: string) => ({
      slide_name: 'TCGA-4A-A93X-01Z-00-DX2.45011BF1',
      organ: 'head-and-neck',
      subset,
      mpp_x: 0.25,
      cell: { resized_mpp_x: mpp, resized_mpp_y: mpp },
    });
    const { out, images, points } = await imported(
      'ocelot',
      {
        'metadata.json': JSON.stringify({
          sample_pairs: { '001': entry(0.1944, 'train'), '002': entry(0.21, 'test') },
        }),
        'images/train/cell/001.jpg': await picture(1024, 1024, 'jpeg'),
        'images/train/tissue/001.jpg': 'not looked at',
        'annotations/train/cell/001.csv': '1023,0,1\r\n512,256,2\r\n',
        'images/test/cell/002.jpg': await picture(1024, 1024, 'jpeg'),
        'annotations/test/cell/002.csv': '',
      },
      { mpp: 0.5 },
    );
    const rest = 'head-and-neck,TCGA-4A-A93X-01Z-00-DX2.45011BF1,TCGA-4A-A93X';
    // 1024 x 0.1944 / 0.5 = 398.1: 398 pixels are 0.50017 um each.
    expect(images).toEqual([
      'image,split,width,height,mpp,organ,slide,patient',
      `002.png,test,430,430,0.500093,${rest}`,
      `001.png,train,398,398,0.500165,${rest}`,
    ]);
    expect(points).toEqual([
      'image,x,y,class',
      '001.png,397.6113,0,background_cell',
      '001.png,199,99.5,tumor_cell',
    ]);
    expect(await readdir(join(out, 'images'))).toEqual(['001.png', '002.png']);
  });

  it('reads BRCA-M2C, whose labels say y first', async () => {
    const names = ['TCGA-A7-A0D9-01Z-00-DX2_1_1_9_9_0.98', 'TCGA-A8-A06N-01Z-00-DX1_1_1_9_9_0.93'];
    const { images, points } = await imported('brca-m2c', {
      [`images/${names[0]}.png`]: await picture(49, 50),
      [`images/${names[1]}.png`]: await picture(46, 46),
      [`labels/${names[0]}_gt_class_coords.txt`]: '17 37 1\n48 3 2\n0 0 3\n',
      [`labels/${names[1]}_gt_class_coords.txt`]: '1 2 3\n',
      'brca_ds_train.txt': `${names[0]}.png\n`,
      'brca_ds_val.txt': '',
      'brca_ds_test.txt': `${names[1]}.png\n`,
    });
    expect(images).toEqual([
      'image,split,width,height,mpp,slide,patient',
      `${names[0]}.png,train,49,50,0.5,TCGA-A7-A0D9-01Z-00-DX2,TCGA-A7-A0D9`,
      `${names[1]}.png,test,46,46,0.5,TCGA-A8-A06N-01Z-00-DX1,TCGA-A8-A06N`,
    ]);
    expect(points).toEqual([
      'image,x,y,class',
      `${names[0]}.png,37,17,lymphocyte`,
      `${names[0]}.png,3,48,tumor_epithelial`,
      `${names[0]}.png,0,0,stromal`,
      `${names[1]}.png,2,1,stromal`,
    ]);
  });

  it('reads CRCHistoPhenotypes, with nuclei that have no class', async () => {
    const detection = (points: number[][]) => matFile({ detection: points }, { compress: true });
    const pixels = Array.from({ length: 12 * 10 }, (_, i) => [i, 2 * i, 3] as const);
    const files: Record<string, Uint8Array> = {};
    for (const name of ['img1', 'img2', 'img10']) {
      files[`Classification/${name}/${name}.bmp`] = bmp(12, 10, pixels);
      files[`Detection/${name}/${name}.bmp`] = bmp(12, 10, pixels);
      files[`Classification/${name}/${name}_epithelial.mat`] = detection([[1.25, 2.5]]);
      files[`Classification/${name}/${name}_inflammatory.mat`] = detection([[5, 6]]);
      files[`Classification/${name}/${name}_fibroblast.mat`] = detection([]);
      files[`Classification/${name}/${name}_others.mat`] = detection([[9, 9]]);
      files[`Detection/${name}/${name}_detection.mat`] = detection([
        [9, 9],
        [1.25, 2.5],
        [7.5, 8.5],
        [5, 6],
        [0.5, 0.3],
        [12, 10],
      ]);
    }
    const { out, images, points, summary } = await imported('crchisto', files, {
      split: { train: 2 / 3, val: 0, test: 1 / 3 },
    });
    const splits = images.slice(1).map((line) => line.split(',')[1]);
    expect(splits.toSorted()).toEqual(['test', 'train', 'train']);
    expect(images.map((line) => line.split(',')[0])).toEqual([
      'image',
      'img1.png',
      'img2.png',
      'img10.png',
    ]);
    expect(points.slice(0, 5)).toEqual([
      'image,x,y,class',
      'img1.png,0.25,1.5,epithelial',
      'img1.png,4,5,inflammatory',
      'img1.png,8,8,others',
      'img1.png,6.5,7.5,',
    ]);
    // MATLAB counts from 1: a click on the very edge stays on the picture, and one on the last pixel too.
    expect(points.slice(5, 7)).toEqual(['img1.png,0,0,', 'img1.png,11,9,']);
    expect(summary.splits()[0]).toMatchObject({ split: 'train', nuclei: 12, unknown: 6 });
    expect(summary.leftOut()).toEqual([]);
    const stored = await sharp(join(out, 'images/img1.png')).raw().toBuffer();
    expect([...stored]).toEqual(pixels.flat());
  });

  it('leaves out the few nuclei beyond the edge', async () => {
    const { points, summary } = await imported('consep', {
      'Test/Images/a.png': await picture(500, 500),
      'Test/Labels/a.mat': labels(
        [2, 2],
        [
          [-0.5, 3],
          [499.5, 500],
        ],
      ),
    });
    expect(points.slice(1)).toEqual(['a.png,499.5,500,inflammatory,inflammatory']);
    expect(summary.leftOut()).toEqual([{ what: 'nuclei outside their picture', count: 1 }]);
  });

  it('takes the resolution from the caller before the dataset', async () => {
    const { images } = await imported(
      'consep',
      {
        'Test/Images/a.png': await picture(300, 200),
        'Test/Labels/a.mat': labels([2], [[1, 2]]),
      },
      { sourceMpp: 0.25, mpp: 0.5 },
    );
    expect(images[1]).toBe('a.png,test,150,100,0.5');
  });
});
