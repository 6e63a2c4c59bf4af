import { describe, expect, it } from 'vitest';
import {
  type DicomJson,
  isDicomJson,
  itemsOf,
  numberOf,
  numbersOf,
  textOf,
  textsOf,
} from './dicom-json.ts';

const data: DicomJson = {
  '00080008': { vr: 'CS', Value: ['DERIVED', 'PRIMARY', 'VOLUME ', 'NONE'] },
  '00100010': { vr: 'PN', Value: [{ Alphabetic: 'Doe^Jane' }] },
  '00280030': { vr: 'DS', Value: ['0.00025', 0.0005, '', null, 'wide', Number.NaN] },
  '00200010': { vr: 'SH' },
  '52009229': { vr: 'SQ', Value: [{ '00280008': { vr: 'IS', Value: ['12'] } }, null, 'item'] },
};

describe('a data set in the DICOM JSON model', () => {
  it('gives strings without padding, and names', () => {
    expect(textsOf(data, '00080008')).toEqual(['DERIVED', 'PRIMARY', 'VOLUME', 'NONE']);
    expect(textOf(data, '00100010')).toBe('Doe^Jane');
    expect(textOf(data, '00200010')).toBeUndefined();
    expect(textOf(undefined, '00200010')).toBeUndefined();
  });

  it('gives numbers, also those that stand as strings', () => {
    expect(numbersOf(data, '00280030')).toEqual([0.00025, 0.0005]);
    expect(numberOf(data, '00200010')).toBeUndefined();
  });

  it('gives the items of a sequence', () => {
    const items = itemsOf(data, '52009229');
    expect(items).toHaveLength(1);
    expect(numberOf(items[0], '00280008')).toBe(12);
  });

  it.each([
    [null],
    [[]],
    ['text'],
    [{ name: 'x' }],
    [{ '00080008': {} }],
    [{ '0008': { vr: 'CS' } }],
  ])('%j is none', (value) => {
    expect(isDicomJson(value)).toBe(false);
  });

  it('is known by its tags', () => {
    expect(isDicomJson(data)).toBe(true);
  });
});
