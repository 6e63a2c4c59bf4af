import { encodeDataSet, joinBytes } from './encode.ts';
import { uidOf } from './uid.ts';

const EXPLICIT_LITTLE_ENDIAN = '1.2.840.10008.1.2.1';
const PREAMBLE_BYTES = 128;

/** What stands before the data set in a DICOM file (PS3.10, section 7.1). */
export function fileHead(sopClass: string, sopInstance: string): Uint8Array<ArrayBuffer> {
  const meta = encodeDataSet({
    '00020001': { vr: 'OB', InlineBinary: 'AAE=' },
    '00020002': { vr: 'UI', Value: [sopClass] },
    '00020003': { vr: 'UI', Value: [sopInstance] },
    '00020010': { vr: 'UI', Value: [EXPLICIT_LITTLE_ENDIAN] },
    '00020012': { vr: 'UI', Value: [uidOf('implementation', 'UniCell Edge')] },
    '00020013': { vr: 'SH', Value: ['UNICELL_EDGE'] },
  });
  const length = encodeDataSet({ '00020000': { vr: 'UL', Value: [meta.length] } });
  const magic = new TextEncoder().encode('DICM');
  return joinBytes([new Uint8Array(PREAMBLE_BYTES), magic, length, meta]);
}
