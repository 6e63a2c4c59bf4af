import { describe, expect, it } from 'vitest';
import { readDicom } from '../../test/support/read-dicom.ts';
import type { DicomJson } from './dicom-json.ts';
import { encodeDataSet, joinBytes } from './encode.ts';
import { fileHead } from './part10.ts';

const read = (data: DicomJson): DicomJson =>
  readDicom(joinBytes([fileHead('1.2.3', '2.25.7'), encodeDataSet(data)]));

describe('a data set as bytes', () => {
  it('is read back as it was, in the order of its tags', () => {
    const data: DicomJson = {
      '0040A040': { vr: 'CS', Value: ['TEXT'] },
      '00080005': { vr: 'CS', Value: ['ISO_IR 192'] },
      '0040A160': { vr: 'UT', Value: ['größer'] },
      '00280008': { vr: 'IS', Value: ['12'] },
      '00280030': { vr: 'DS', Value: ['0.25', '0.5'] },
      '0062000D': { vr: 'US', Value: [1, 2, 65535] },
      '0040A161': { vr: 'FD', Value: [0.1] },
      '006A000C': { vr: 'UL', Value: [4_000_000_000] },
      '00100020': { vr: 'LO' },
      '00081115': {
        vr: 'SQ',
        Value: ['1.2.3', '4.5'].map((uid) => ({ '0020000E': { vr: 'UI', Value: [uid] } })),
      },
    };
    const back = read(data);
    for (const [tag, { Value }] of Object.entries(data)) {
      if (tag === '00081115') continue;
      const values = back[tag]!.Value!.map(String);
      expect(
        values.filter((value) => value !== ''),
        tag,
      ).toEqual((Value ?? []).map(String));
    }
    expect(back['00081115']!.Value).toHaveLength(2);
    expect(Object.keys(back)).toEqual(Object.keys(back).toSorted());
  });

  it('joins the groups of a name', () => {
    const name = { Alphabetic: 'Yamada^Tarou', Phonetic: 'やまだ^たろう' };
    const bytes = encodeDataSet({ '00100010': { vr: 'PN', Value: [name] } });
    expect(new TextDecoder().decode(bytes.subarray(8)).trimEnd()).toBe(
      'Yamada^Tarou==やまだ^たろう',
    );
  });

  it('leaves out what cannot be written, and what nobody else knows', () => {
    const text = { vr: 'LO', Value: ['kept'] };
    const strange = {
      '00100020': text,
      '00091001': { vr: 'LO', Value: ['private'] },
      FFFEE00D: text,
      '0010': text,
      word: text,
      '00282000': { vr: 'OB', BulkDataURI: 'https://pacs/bulk' },
      '00282001': { vr: 'OB', InlineBinary: '*no base64*' },
      '00100040': { vr: 'XX', Value: ['F'] },
      '00104000': { vr: 'LO', Value: ['x'.repeat(70_000)] },
      '00100030': { vr: 'DA', Value: 'no list' },
    } as unknown as DicomJson;
    const back = read(strange);
    const kept = Object.keys(back).filter((tag) => tag >= '00080000');
    expect(kept).toEqual(['00100020', '00100030']);
    expect(back['00100020']!.Value).toEqual(['kept']);
  });

  it('keeps a backslash from making two values of one', () => {
    const back = read({ '00080050': { vr: 'SH', Value: ['A\\1'] } });
    expect(back['00080050']!.Value).toEqual(['A/1']);
    const free = encodeDataSet({ '0040A160': { vr: 'UT', Value: ['A\\1 '] } });
    expect(new TextDecoder().decode(free.subarray(12))).toBe('A\\1 ');
  });
});
