/** The same as in bad-datasets.test.ts, for labels in XML and tables. */
import { describe, it } from 'vitest';
import type { ErrorCode } from '../../../shared/errors.ts';
import { matFile } from '../../../test/support/mat-file.ts';
import { aperioXml, picture } from '../../../test/support/published.ts';
import { type Files, refusedImport as refused } from '../../../test/support/refused-import.ts';

const small = await picture(500, 500);
const jpeg = await picture(64, 64, 'jpeg');
const tiff = await picture(64, 64, 'tiff');

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

  it('an SVS that says JPEG 2000 and holds something else', async () => {
    const svs = Buffer.from(tiff);
    // Tag 259 of the first directory says how the pixels are compressed; 33005 is Aperio's JPEG 2000.
    const directory = svs.readUInt32LE(4);
    for (let i = 0; i < svs.readUInt16LE(directory); i++) {
      const at = directory + 2 + 12 * i;
      if (svs.readUInt16LE(at) === 259) svs.writeUInt16LE(33005, at + 8);
    }
    const files = { 'a/one_1.xml': aperioXml({ Epithelial: [triangle] }), 'a/one_1.svs': svs };
    await refused('monusac', files, 'IMAGE_UNREADABLE', /one_1\.svs/);
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
