import { deflateSync } from 'node:zlib';

interface MatFileOptions {
  readonly compress?: boolean;
  readonly bigEndian?: boolean;
}

/** A MAT-file of level 5 with arrays of doubles, given row by row. */
export function matFile(
  arrays: Readonly<Record<string, readonly (readonly number[])[]>>,
  { compress = false, bigEndian = false }: MatFileOptions = {},
): Buffer {
  const header = Buffer.alloc(128, ' ');
  header.write('MATLAB 5.0 MAT-file, written by a test');
  header.write(bigEndian ? '\x01\x00MI' : '\x00\x01IM', 124, 'latin1');
  const matrices = Object.entries(arrays).map(([name, rows]) => {
    const matrix = element(14, array(name, rows, bigEndian), bigEndian);
    if (!compress) return matrix;
    const packed = deflateSync(matrix);
    return Buffer.concat([tag(15, packed.length, bigEndian), packed]);
  });
  return Buffer.concat([header, ...matrices]);
}

function array(name: string, rows: readonly (readonly number[])[], bigEndian: boolean): Buffer {
  const width = rows[0]?.length ?? 0;
  const columns = Array.from({ length: width }, (_, column) => rows.map((row) => row[column]!));
  const doubles = Buffer.alloc(rows.length * width * 8);
  for (const [i, value] of columns.flat().entries()) {
    if (bigEndian) doubles.writeDoubleBE(value, i * 8);
    else doubles.writeDoubleLE(value, i * 8);
  }
  return Buffer.concat([
    element(6, words([6, 0], bigEndian), bigEndian),
    element(5, words([rows.length, width], bigEndian), bigEndian),
    element(1, Buffer.from(name, 'latin1'), bigEndian),
    element(9, doubles, bigEndian),
  ]);
}

function element(type: number, content: Buffer, bigEndian: boolean): Buffer {
  const padding = Buffer.alloc((8 - (content.length % 8)) % 8);
  return Buffer.concat([tag(type, content.length, bigEndian), content, padding]);
}

function tag(type: number, size: number, bigEndian: boolean): Buffer {
  return words([type, size], bigEndian);
}

function words(values: readonly number[], bigEndian: boolean): Buffer {
  const bytes = Buffer.alloc(values.length * 4);
  for (const [i, value] of values.entries()) {
    if (bigEndian) bytes.writeUInt32BE(value, i * 4);
    else bytes.writeUInt32LE(value, i * 4);
  }
  return bytes;
}
