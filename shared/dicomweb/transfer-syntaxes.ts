/**
 * Transfer syntaxes of pixels (DICOM PS3.6, annex A): which are decoded here, and what to do about the
 * others.
 *
 * @module
 */

/** How the bytes of a frame are decoded. */
export type FrameCodec = 'native' | 'jpeg' | 'jpeg2000';

interface TransferSyntax {
  readonly name: string;
  readonly codec?: FrameCodec;
}

const SYNTAXES: Readonly<Record<string, TransferSyntax>> = {
  '1.2.840.10008.1.2': { name: 'Implicit VR Little Endian', codec: 'native' },
  '1.2.840.10008.1.2.1': { name: 'Explicit VR Little Endian', codec: 'native' },
  '1.2.840.10008.1.2.1.99': { name: 'Deflated Explicit VR Little Endian', codec: 'native' },
  '1.2.840.10008.1.2.2': { name: 'Explicit VR Big Endian', codec: 'native' },
  '1.2.840.10008.1.2.4.50': { name: 'JPEG Baseline', codec: 'jpeg' },
  '1.2.840.10008.1.2.4.51': { name: 'JPEG Extended', codec: 'jpeg' },
  '1.2.840.10008.1.2.4.57': { name: 'JPEG Lossless' },
  '1.2.840.10008.1.2.4.70': { name: 'JPEG Lossless, First-Order Prediction' },
  '1.2.840.10008.1.2.4.80': { name: 'JPEG-LS Lossless' },
  '1.2.840.10008.1.2.4.81': { name: 'JPEG-LS Near-Lossless' },
  '1.2.840.10008.1.2.4.90': { name: 'JPEG 2000 Lossless', codec: 'jpeg2000' },
  '1.2.840.10008.1.2.4.91': { name: 'JPEG 2000', codec: 'jpeg2000' },
  '1.2.840.10008.1.2.4.110': { name: 'JPEG XL Lossless' },
  '1.2.840.10008.1.2.4.111': { name: 'JPEG XL JPEG Recompression' },
  '1.2.840.10008.1.2.4.112': { name: 'JPEG XL' },
  '1.2.840.10008.1.2.4.201': { name: 'High-Throughput JPEG 2000 Lossless' },
  '1.2.840.10008.1.2.4.202': { name: 'High-Throughput JPEG 2000 with RPCL Options Lossless' },
  '1.2.840.10008.1.2.4.203': { name: 'High-Throughput JPEG 2000' },
  '1.2.840.10008.1.2.5': { name: 'RLE Lossless' },
};

/** The codec of a transfer syntax; `undefined` for one that is not decoded here, or not known. */
export function codecOf(uid: string | undefined): FrameCodec | undefined {
  return uid === undefined ? undefined : SYNTAXES[uid]?.codec;
}

/** A transfer syntax for people: name and UID. */
export function syntaxName(uid: string): string {
  const name = SYNTAXES[uid]?.name;
  return name === undefined ? `transfer syntax ${uid}` : `${name} (${uid})`;
}
