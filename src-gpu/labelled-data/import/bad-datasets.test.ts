/** What a user can get wrong with a dataset: the error names file and line, row or key, and nothing is written. */
import { existsSync } from 'node:fs';
import { mkdtemp, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { matFile } from '../../../test/support/mat-file.ts';
import { bmp, picture, writeFiles } from '../../../test/support/published.ts';
import { type Files, refusedImport as refused } from '../../../test/support/refused-import.ts';
import { tempFolder } from '../../../test/support/temp-folder.ts';
import { importDataset } from './import-dataset.ts';
import { loadImporter } from './registry.ts';

const root = tempFolder();
const small = await picture(500, 500);
const jpeg = await picture(64, 64, 'jpeg');

const good = matFile({ inst_type: [[2]], inst_centroid: [[10, 20]] }, { compress: true });

/** CoNSeP with a first picture that is right, so that something has been written when the second fails. */
const consepWith = (label: string | Uint8Array): Files => ({
  'Train/Images/train_1.png': small,
  'Train/Labels/train_1.mat': good,
  'Train/Images/train_2.png': small,
  'Train/Labels/train_2.mat': label,
});

describe('labels of CoNSeP', () => {
  const mat = (types: number[][], centroids: number[][], more = {}) =>
    matFile({ ...more, inst_type: types, inst_centroid: centroids });

  it.each<[string, string | Uint8Array, RegExp]>([
    [
      'version 7.3',
      Buffer.concat([Buffer.alloc(512, ' '), Buffer.from('\x89HDF\r\n\x1a\n', 'latin1')]),
      /train_2\.mat is a MAT-file of version 7\.3 .*-v7/,
    ],
    ['a truncated file', good.subarray(0, -5), /train_2\.mat: it is truncated/],
    ['something else', 'hello', /train_2\.mat \(5 bytes\) is not a MAT-file/],
    [
      'fewer types than centroids',
      mat(
        [[2]],
        [
          [1, 2],
          [3, 4],
        ],
      ),
      /train_2\.mat: inst_type is 1 x 1 \(1 nuclei\) but inst_centroid has 2/,
    ],
    [
      'centroids without types',
      mat([], [[1, 2]]),
      /inst_type is 0 x 0 \(0 nuclei\) but inst_centroid has 1/,
    ],
    [
      'a type that is none',
      mat(
        [[2], [8]],
        [
          [1, 2],
          [3, 4],
        ],
      ),
      /inst_type, row 2 is 8; the classes are 1, 2, 3/,
    ],
    [
      'a centroid that is nowhere',
      mat([[2]], [[1, Number.NaN]]),
      /inst_centroid, row 1 is \(1, NaN\)/,
    ],
    [
      'an infinite centroid',
      mat([[2]], [[Number.POSITIVE_INFINITY, 1]]),
      /row 1 is \(Infinity, 1\)/,
    ],
    [
      'centroids of three numbers',
      mat([[2]], [[1, 2, 3]]),
      /inst_centroid is 1 x 3; N x 2 is needed/,
    ],
    [
      'no centroids',
      matFile({ inst_type: [[2]] }),
      /there is no variable inst_centroid; there are inst_type/,
    ],
    [
      'a label map of another size',
      mat([[2]], [[1, 2]], { inst_map: [[0, 0]] }),
      /inst_map is 2 x 1 pixels but the picture is 500 x 500/,
    ],
    [
      'labels of another resolution',
      mat(
        [[2], [2], [2]],
        [
          [900, 10],
          [910, 10],
          [20, 800],
        ],
      ),
      /3 of 3 nuclei of .*train_2\.png lie outside its 500 x 500 pixels, the first at \(900, 10\)/,
    ],
  ])('%s', async (_what, label, message) => {
    await refused('consep', consepWith(label), 'POINTS_INVALID', message);
  });
});

describe('files', () => {
  it('a picture without labels', async () => {
    const { 'Train/Labels/train_2.mat': _gone, ...files } = consepWith(good);
    await refused(
      'consep',
      files,
      'SOURCE_NOT_FOUND',
      /train_2\.png has no labels\. Pictures and labels must come together/,
    );
  });

  it('labels without a picture', async () => {
    const {
      'Train/Images/train_1.png': _one,
      'Train/Images/train_2.png': _two,
      ...files
    } = consepWith(good);
    await refused(
      'consep',
      files,
      'SOURCE_NOT_FOUND',
      /train_1\.mat labels a picture that is not there \(and so for 1 more\)/,
    );
  });

  it.each(['consep', 'monusac', 'lizard', 'ocelot', 'brca-m2c', 'crchisto'])(
    'a folder without %s in it',
    async (id) => {
      await refused(
        id,
        { 'readme.txt': '' },
        'SOURCE_NOT_FOUND',
        /source holds no .* Pass the folder/,
      );
    },
  );

  it('two pictures of one name', async () => {
    const files = { ...consepWith(good), 'Train/Images/train_1.jpg': jpeg };
    await refused(
      'consep',
      files,
      'POINTS_INVALID',
      /train_1\.jpg and .*train_1\.png are both called train_1/,
    );
    const both = {
      ...consepWith(good),
      'Test/Images/train_1.png': small,
      'Test/Labels/train_1.mat': good,
    };
    await refused('consep', both, 'POINTS_INVALID', /have the same name/);
  });

  it('a truncated picture', async () => {
    const files = { ...consepWith(good), 'Train/Images/train_2.png': small.subarray(0, -80) };
    await refused('consep', files, 'IMAGE_UNREADABLE', /train_2\.png cannot be decoded/);
  });

  it('a folder that is not there', async () => {
    const importer = await loadImporter('consep');
    const options = { source: join(root, 'no'), out: join(root, 'out'), seed: 1 } as const;
    await expect(importDataset(importer, { ...options, split: 'published' })).rejects.toMatchObject(
      { code: 'SOURCE_NOT_FOUND' },
    );
    expect(existsSync(options.out)).toBe(false);
  });

  it('an output folder that holds something', async () => {
    const files = { ...consepWith(good), 'keep.txt': 'mine' };
    const home = await mkdtemp(join(root, 'full-'));
    writeFiles(home, files);
    await refused('consep', files, 'OUTPUT_UNWRITABLE', /holds 2 files or folders already/, {
      out: home,
    });
    expect((await readdir(home)).sort()).toEqual(['Train', 'keep.txt']);
  });
});

describe('options', () => {
  const crchisto = {
    ...Object.fromEntries(
      ['epithelial', 'inflammatory', 'fibroblast', 'others'].map((name) => [
        `Classification/img1/img1_${name}.mat`,
        matFile({ detection: [] }),
      ]),
    ),
    'Classification/img1/img1.bmp': bmp(1, 1, [[1, 2, 3]]),
    'Detection/img1/img1_detection.mat': matFile({ detection: [] }),
  };

  it('a published split where there is none', async () => {
    await refused('crchisto', crchisto, 'INVALID_OPTIONS', /publishes no split; pass percentages/);
  });

  it('a split that leaves one empty', async () => {
    await refused('crchisto', crchisto, 'INVALID_OPTIONS', /val gets 10 %/, {
      split: { train: 0.8, val: 0.1, test: 0.1 },
    });
  });

  it.each([0, -1, Number.NaN, 1000])('%d um per pixel', async (mpp) => {
    await refused('consep', consepWith(good), 'MPP_INVALID', /--mpp is .* between 0\.05 and 10/, {
      mpp,
    });
    await refused('consep', consepWith(good), 'MPP_INVALID', /--source-mpp is/, { sourceMpp: mpp });
  });

  it('a picture of unknown resolution', async () => {
    const files = { ...consepWith(good), 'Train/Images/train_2.png': await picture(600, 600) };
    await refused(
      'consep',
      files,
      'MPP_UNKNOWN',
      /train_2\.png \(600 x 600 pixels\)\. Pass --source-mpp/,
    );
  });

  it('a cancel in the middle', async () => {
    const abort = new AbortController();
    await refused('consep', consepWith(good), 'CANCELED', /canceled/, {
      signal: abort.signal,
      onProgress: (done) => done === 0 && abort.abort(),
    });
  });
});
