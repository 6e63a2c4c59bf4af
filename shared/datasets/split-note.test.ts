import { describe, expect, it } from 'vitest';
import { datasets } from './registry.ts';
import { splitNote } from './split-note.ts';

describe('splitNote', () => {
  const note = (id: string, split: string | undefined, images: number) =>
    splitNote(datasets.get(id), split, images);

  it('says where a test split is not the published one', () => {
    expect(note('monusac', 'test', 23)).toBe(
      'MoNuSAC: the test split scored here (pictures: 23) is not its official test set (pictures: 85); its score does not compare with those published.',
    );
    expect(note('ocelot', 'test', 54)).toMatch(
      /^OCELOT: the test split scored here \(pictures: 54\)/,
    );
    expect(note('pannuke', 'test', 132)).toMatch(/fold 3/);
  });

  it('says nothing of the published pictures, of other splits, and where none is published', () => {
    expect(note('monusac', 'test', 85)).toBeUndefined();
    expect(note('consep', 'test', 14)).toBeUndefined();
    expect(note('brca-m2c', 'test', 30)).toBeUndefined();
    expect(note('monusac', 'val', 5)).toBeUndefined();
    expect(note('monusac', undefined, 61)).toBeUndefined();
    expect(note('crchisto', 'test', 10)).toBeUndefined();
    expect(note('nuclei', 'test', 240)).toBeUndefined();
  });
});
