/**
 * Reads the arrays of a NumPy `.npz` file: a ZIP archive of `.npy` files, stored or deflated. As much of
 * both formats as the recorded reference needs.
 *
 * @module
 */
import { inflateRawSync } from 'node:zlib';

export interface NpyArray {
  readonly shape: readonly number[];
  /** In C order. */
  readonly data: Float32Array | Int32Array | BigInt64Array | Uint8Array;
}

const TYPES = {
  '<f4': Float32Array,
  '<i4': Int32Array,
  '<i8': BigInt64Array,
  '|u1': Uint8Array,
} as const;

/** @returns The arrays by name; those of other types are left out. */
export function readNpz(file: Uint8Array): Map<string, NpyArray> {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const arrays = new Map<string, NpyArray>();
  // The end record of the archive has no comment here, so it is the last 22 bytes.
  const entries = view.getUint16(file.length - 12, true);
  let at = view.getUint32(file.length - 6, true);
  for (let entry = 0; entry < entries; entry++) {
    const packed = view.getUint32(at + 20, true);
    const nameLength = view.getUint16(at + 28, true);
    const name = Buffer.from(file.subarray(at + 46, at + 46 + nameLength)).toString();
    const local = view.getUint32(at + 42, true);
    const start = local + 30 + view.getUint16(local + 26, true) + view.getUint16(local + 28, true);
    const bytes = file.subarray(start, start + packed);
    const array = readNpy(view.getUint16(at + 10, true) === 8 ? inflateRawSync(bytes) : bytes);
    if (array) arrays.set(name.replace(/\.npy$/, ''), array);
    at += 46 + nameLength + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
  }
  return arrays;
}

function readNpy(bytes: Uint8Array): NpyArray | undefined {
  const headerLength = bytes[8]! + 256 * bytes[9]!;
  const header = Buffer.from(bytes.subarray(10, 10 + headerLength)).toString('latin1');
  const [, type] = /'descr': '([^']+)'/.exec(header)!;
  const [, sizes] = /'shape': \(([^)]*)\)/.exec(header)!;
  if (!(type! in TYPES) || header.includes("'fortran_order': True")) return undefined;
  // A copy, so that it is aligned to its own buffer.
  const content = new Uint8Array(bytes.subarray(10 + headerLength)).buffer;
  const shape = sizes!
    .split(',')
    .map(Number)
    .filter((_, axis, all) => axis < all.length - 1 || all[axis]! > 0);
  return { shape, data: new TYPES[type as keyof typeof TYPES](content) };
}
