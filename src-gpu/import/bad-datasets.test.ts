/** What a user can get wrong with a dataset: the error names file and line, row or key, and nothing is written. */
import { existsSync } from 'node:fs';
import { mkdtemp, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ErrorCode } from '../../shared/errors.ts';
import { matFile } from '../../test/support/mat-file.ts';
import { aperioXml, bmp, picture, writeFiles } from '../../test/support/published.ts';
import { tempFolder } from '../../test/support/temp-folder.ts';
import { type ImportOptions, importDataset } from './import-dataset.ts';
import { loadImporter } from './registry.ts';

type Files = Readonly<Record<string, string | Uint8Array>>;

const root = tempFolder();
const small = await picture(500, 500);
const jpeg = await picture(64, 64, 'jpeg');
const tiff = await picture(64, 64, 'tiff');

async function refused(
  id: string,
  files: Files,
  code: ErrorCode,
  message: RegExp,
  options: Partial<ImportOptions> = {},
) {
  const home = await mkdtemp(join(root, 'bad-'));
  const source = join(home, 'source');
  writeFiles(source, files);
  const importer = await loadImporter(id);
  const work = importDataset(importer, {
    source,
    out: join(home, 'new/out'),
    split: 'published',
    seed: 1,
    ...options,
  });
  await expect(work).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
  expect(await readdir(home)).toEqual(['source']);
}

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

describe('OCELOT', () => {
  const entry = {
    slide_name: 'TCGA-4A-A93X-01Z-00-DX2.45011BF1',
    organ: 'kidney',
    subset: 'train',
    cell: { resized_mpp_x: 0.2 },
  };
  const ocelotWith = (
    csv: string,
    metadata: unknown = { sample_pairs: { '001': entry } },
  ): Files => ({
    'metadata.json': typeof metadata === 'string' ? metadata : JSON.stringify(metadata),
    'images/train/cell/001.jpg': jpeg,
    'annotations/train/cell/001.csv': csv,
  });

  it.each([
    ['two columns', '1,2,1\n3,4\n', /001\.csv, line 2: it has 2 columns; x, y, class are needed/],
    ['four columns', '1,2,1,1\n', /001\.csv, line 1: it has 4 columns/],
    ['a header', 'x,y,class\n1,2,1\n', /001\.csv, line 1: x is "x"; it must be a finite number/],
    [
      'a class that is none',
      '1,2,1\n\n1,2,3\n',
      /001\.csv, line 3: class is 3; it must be 1 .* or 2/,
    ],
    ['a coordinate that is nowhere', '1,NaN,1\n', /001\.csv, line 1: y is "NaN"/],
    ['an infinite coordinate', '1,2,1\n1e999,2,1\n', /001\.csv, line 2: x is "1e999"/],
    ['an empty cell', '1,,1\n', /001\.csv, line 1: y is ""/],
  ])('%s', async (_what, csv, message) => {
    await refused('ocelot', ocelotWith(csv), 'POINTS_INVALID', message);
  });

  it.each<[string, unknown, RegExp]>([
    ['that is no JSON', '{', /metadata\.json is not OCELOT's metadata/],
    ['without pictures', {}, /sample_pairs is missing/],
    ['without this picture', { sample_pairs: {} }, /metadata\.json, key sample_pairs\.001: /],
    [
      'without a resolution',
      { sample_pairs: { '001': { ...entry, cell: { resized_mpp_x: 0 } } } },
      /key sample_pairs\.001\.cell\.resized_mpp_x: /,
    ],
    [
      'with another subset',
      { sample_pairs: { '001': { ...entry, subset: 'training' } } },
      /key sample_pairs\.001\.subset: .*train/,
    ],
  ])('metadata %s', async (_what, metadata, message) => {
    await refused('ocelot', ocelotWith('1,2,1\n', metadata), 'POINTS_INVALID', message);
  });
});

describe('MoNuSAC', () => {
  const triangle: [number, number][] = [
    [1, 1],
    [9, 1],
    [1, 9],
  ];
  const monusacWith = (xml: string): Files => ({ 'a/one_1.xml': xml, 'a/one_1.tif': tiff });
  const bomb =
    '<?xml version="1.0"?>\n<!DOCTYPE Annotations [\n<!ENTITY a "aaaaaaaaaa">\n<!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">\n]>\n';

  it.each([
    [
      'an entity bomb',
      bomb + aperioXml({ '&b;': [triangle] }),
      /one_1\.xml, line 5: it declares a document type or entities/,
    ],
    [
      'an unknown entity',
      aperioXml({ '&b;': [triangle] }),
      /line 2: it is not well-formed XML .*undefined entity/,
    ],
    [
      'a truncated file',
      aperioXml({ Epithelial: [triangle] }).slice(0, -60),
      /one_1\.xml, line \d+: it is not well-formed XML \(.*unclosed tag/,
    ],
    ['an empty file', '', /one_1\.xml, line 1: it is not well-formed XML/],
    ['another XML', '<svg></svg>', /there is no element Annotations/],
    [
      'a class that is none',
      aperioXml({ Plasma: [triangle] }),
      /one_1\.xml, line 3: a region is of "Plasma"; MoNuSAC has epithelial/,
    ],
    [
      'a corner that is nowhere',
      aperioXml({ Epithelial: [[[1, Number.NaN]]] }),
      /one_1\.xml, line 4: Y of a vertex is "NaN"/,
    ],
    [
      'a corner without x',
      '<Annotations><Region><Vertex Y="1"/></Region></Annotations>',
      /X of a vertex is ""/,
    ],
  ])('%s', async (_what, xml, message) => {
    await refused('monusac', monusacWith(xml), 'POINTS_INVALID', message);
  });

  it('nothing that says the resolution', async () => {
    const xml = aperioXml({ Epithelial: [triangle] }, 'MicronsPerPixel="0"');
    await refused(
      'monusac',
      monusacWith(xml),
      'MPP_UNKNOWN',
      /one_1\.tif \(64 x 64 pixels\)\. Pass --source-mpp/,
    );
  });

  it('an SVS with JPEG 2000 in strips', async () => {
    const svs = Buffer.from(tiff);
    // Tag 259 of the first directory says how the pixels are compressed; 33005 is Aperio's JPEG 2000.
    const directory = svs.readUInt32LE(4);
    for (let i = 0; i < svs.readUInt16LE(directory); i++) {
      const at = directory + 2 + 12 * i;
      if (svs.readUInt16LE(at) === 259) svs.writeUInt16LE(33005, at + 8);
    }
    const files = { 'a/one_1.xml': aperioXml({ Epithelial: [triangle] }), 'a/one_1.svs': svs };
    await refused(
      'monusac',
      files,
      'IMAGE_UNSUPPORTED',
      /one_1\.svs is a TIFF with compression 33005, JPEG 2000 \(Aperio, RGB\).*Convert it/,
    );
  });
});

describe('BRCA-M2C', () => {
  const brcaWith = (more: Files): Files => ({
    'images/a_0.98.png': small,
    'labels/a_0.98_gt_class_coords.txt': '1 2 3\n',
    'brca_ds_train.txt': 'a_0.98.png\n',
    'brca_ds_val.txt': '',
    'brca_ds_test.txt': '',
    ...more,
  });
  const label = 'labels/a_0.98_gt_class_coords.txt';

  it.each<[string, Files, ErrorCode, RegExp]>([
    [
      'two columns',
      { [label]: '1 2 3\n1 2\n' },
      'POINTS_INVALID',
      /coords\.txt, line 2: it has 2 columns; y, x, class/,
    ],
    [
      'a class that is none',
      { [label]: '1 2 0\n' },
      'POINTS_INVALID',
      /line 1: class is 0; it must be 1 \(lymphocyte\)/,
    ],
    [
      'a picture in no split',
      { 'brca_ds_train.txt': '' },
      'POINTS_INVALID',
      /a_0\.98\.png is in none of brca_ds_train\.txt/,
    ],
    [
      'a picture in two splits',
      { 'brca_ds_val.txt': '\na_0.98.png\n' },
      'POINTS_INVALID',
      /brca_ds_val\.txt, line 2: a_0\.98 is in train too/,
    ],
    [
      'a split with a picture that is not there',
      { 'brca_ds_test.txt': 'b.png' },
      'SOURCE_NOT_FOUND',
      /brca_ds_test\.txt, line 1: there is no images\/b\.png/,
    ],
  ])('%s', async (_what, more, code, message) => {
    await refused('brca-m2c', brcaWith(more), code, message);
  });
});

describe('Lizard', () => {
  const lizardWith = (info: string): Files => ({
    'Lizard_Images1/crag_1.png': small,
    'Lizard_Labels/Labels/crag_1.mat': matFile({ class: [[1]], centroid: [[1, 2]] }),
    'Lizard_Labels/info.csv': info,
  });

  it.each([
    [
      'a fold that is none',
      'Filename,Source,Split\ncrag_1,crag,4\n',
      /info\.csv, line 2: Split is "4"; the folds are 1, 2 and 3/,
    ],
    [
      'a wrong number of columns',
      'Filename,Source,Split\ncrag_1,crag\n',
      /info\.csv, line 2: it has 2 columns/,
    ],
    [
      'no line for a picture',
      'Filename,Source,Split\nglas_1,glas,1\n',
      /info\.csv has no line for the picture crag_1/,
    ],
    ['a column that is missing', 'Filename,Source\ncrag_1,crag\n', /info\.csv .*Split is missing/],
  ])('info.csv with %s', async (_what, info, message) => {
    await refused('lizard', lizardWith(info), 'POINTS_INVALID', message);
  });

  it('no info.csv', async () => {
    const { 'Lizard_Labels/info.csv': _gone, ...files } = lizardWith('');
    await refused('lizard', files, 'SOURCE_NOT_FOUND', /holds no info\.csv/);
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
