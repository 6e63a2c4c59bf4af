import type { DicomJson } from '../../shared/dicom/dicom-json.ts';
import type { Derivation } from '../../shared/formats/derivation.ts';

/** Metadata of a slide of the size given, 0.25 um per pixel, that lies on the glass as scanners put it. */
export function slideMetadata(columns: number, rows: number, more: DicomJson = {}): DicomJson {
  const spacing = { '00280030': { vr: 'DS', Value: [0.00025, 0.0002] } };
  return {
    '00080016': { vr: 'UI', Value: ['1.2.840.10008.5.1.4.1.1.77.1.6'] },
    '00080018': { vr: 'UI', Value: ['2.25.11'] },
    '00080020': { vr: 'DA', Value: ['20260102'] },
    '00080050': { vr: 'SH', Value: ['A-17/4'] },
    '00100010': { vr: 'PN', Value: [{ Alphabetic: 'Weiß^Zoë' }] },
    '00100020': { vr: 'LO', Value: ['UNICELL-0001'] },
    '0020000D': { vr: 'UI', Value: ['2.25.12'] },
    '0020000E': { vr: 'UI', Value: ['2.25.13'] },
    '00200052': { vr: 'UI', Value: ['2.25.14'] },
    '00400512': { vr: 'LO', Value: ['GLASS-17-4-A'] },
    '00400560': { vr: 'SQ', Value: [{ '00400551': { vr: 'LO', Value: ['BLOCK-17-4-A'] } }] },
    '00480006': { vr: 'UL', Value: [columns] },
    '00480007': { vr: 'UL', Value: [rows] },
    '00480008': {
      vr: 'SQ',
      Value: [{ '0040072A': { vr: 'DS', Value: [20] }, '0040073A': { vr: 'DS', Value: [40] } }],
    },
    '00480102': { vr: 'DS', Value: [0, -1, 0, -1, 0, 0] },
    '52009229': { vr: 'SQ', Value: [{ '00289110': { vr: 'SQ', Value: [spacing] } }] },
    ...more,
  };
}

/** What a result is derived from, for tests. */
export function derivation(slide: DicomJson, more: Partial<Derivation> = {}): Derivation {
  const when = { date: '20260103', time: '112233' };
  return { slide, identity: 'test', ...when, areaMm2: 2, ...more };
}
