import { describe, expect, test } from 'vitest';
import { findClass, foldName } from './dataset.ts';
import { organOf } from './organs.ts';
import { DatasetRegistry, datasets } from './registry.ts';

const classesOf = (id: string) => datasets.get(id).classes.map((c) => c.name);

describe('the registry', () => {
  test('holds the four datasets of the paper with the classes of their heads in order', () => {
    expect(classesOf('consep')).toEqual(['Inflammatory', 'Epithelial', 'Spindle-shaped']);
    expect(classesOf('monusac')).toEqual(['Epithelial', 'Lymphocyte', 'Macrophage', 'Neutrophil']);
    expect(classesOf('ocelot')).toEqual(['Background_Cell', 'Tumor_Cell']);
    expect(classesOf('lizard')).toEqual([
      'Neutrophil',
      'Epithelial',
      'Lymphocyte',
      'Plasma',
      'Eosinophil',
      'Connective',
    ]);
  });

  test('holds PanNuke in the order of its masks, and one that only counts', () => {
    expect(classesOf('pannuke')).toEqual([
      'Neoplastic',
      'Inflammatory',
      'Connective',
      'Dead',
      'Epithelial',
    ]);
    expect(datasets.get('pannuke').organs).toHaveLength(19);
    expect(classesOf('nuclei')).toEqual(['Nucleus']);
    // Nobody labelled the stroma of MoNuSAC.
    expect(datasets.get('nuclei').folders).not.toContain('monusac');
  });

  test.each(datasets.list())('$id: its organs are the words that hints become', ({ organs }) => {
    expect(organs.map((one) => foldName(organOf(one)))).toEqual(organs.map(foldName));
    expect(new Set(organs).size).toBe(organs.length);
    expect(organs.toSorted()).toEqual(organs);
  });

  test('lists them in the order of the paper, then those that were added', () => {
    expect(datasets.list().map((d) => d.id)).toEqual([
      'consep',
      'monusac',
      'ocelot',
      'lizard',
      'brca-m2c',
      'crchisto',
      'pannuke',
      'nuclei',
    ]);
  });

  test('suggests the nearest id for a misspelt one', () => {
    expect(() => datasets.get('conesp')).toThrow(
      expect.objectContaining({
        code: 'DATASET_UNKNOWN',
        message: expect.stringContaining('Did you mean "consep"?'),
      }),
    );
    expect(() => datasets.get('x'.repeat(100_000))).toThrow(/no dataset/);
    expect(() => datasets.get('midog')).toThrow(/Known: consep, monusac/);
    expect(() => datasets.get('midog')).not.toThrow(/Did you mean/);
  });

  test('refuses a second dataset of one id', () => {
    const registry = new DatasetRegistry(datasets.list());
    expect(() => registry.add(datasets.get('lizard'))).toThrow(
      expect.objectContaining({ code: 'INVALID_OPTIONS' }),
    );
  });
});

describe('class spellings', () => {
  test.each([
    ['consep', 'inflammatory', 'Inflammatory'],
    ['consep', 'epithelial', 'Epithelial'],
    ['consep', 'stromal', 'Spindle-shaped'],
    ['consep', 'spindle shaped', 'Spindle-shaped'],
    ['consep', 'other', 'Spindle-shaped'],
    ['ocelot', 'tumor_cell', 'Tumor_Cell'],
    ['ocelot', 'Tumour cell', 'Tumor_Cell'],
    ['ocelot', 'background_cell', 'Background_Cell'],
    ['brca-m2c', 'tumor_epithelial', 'Tumor_Epithelial'],
    ['brca-m2c', 'stromal', 'Stromal'],
    ['brca-m2c', 'lymphocyte', 'Lymphocyte'],
    ['crchisto', 'epithelial', 'Epithelial'],
    ['crchisto', 'inflammatory', 'Inflammatory'],
    ['crchisto', 'fibroblast', 'Fibroblast'],
    ['crchisto', 'others', 'Others'],
    ['lizard', 'Plasma cell', 'Plasma'],
    ['monusac', 'lymphocyte', 'Lymphocyte'],
    ['pannuke', 'neoplastic', 'Neoplastic'],
    ['pannuke', 'Dead cells', 'Dead'],
    ['pannuke', 'Non-neoplastic epithelial', 'Epithelial'],
  ])('%s: "%s" is %s', (id, spelling, name) => {
    const dataset = datasets.get(id);
    expect(dataset.classes[findClass(dataset, spelling)]?.name).toBe(name);
  });

  test('an unknown spelling and the empty class are no class', () => {
    expect(findClass(datasets.get('crchisto'), '')).toBe(-1);
    expect(findClass(datasets.get('crchisto'), 'tumor_cell')).toBe(-1);
  });

  test.each(datasets.list())('$id: every spelling means one class', (dataset) => {
    dataset.classes.forEach((c, index) => {
      for (const spelling of [c.name, c.label, ...c.aliases]) {
        expect(findClass(dataset, spelling), spelling).toBe(index);
      }
    });
  });
});
