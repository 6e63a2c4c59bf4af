/**
 * Codecs of Zarr that Node has not, as WebAssembly. They run in a thread: what they are given may be hostile.
 *
 * @module
 */
import type { Unpacked, UnpackTask } from './task.ts';

/** @throws {Error} When the bytes are damaged. */
export async function unpack({ codec, packed }: UnpackTask): Promise<Unpacked> {
  const { default: Codec } =
    codec === 'blosc' ? await import('numcodecs/blosc') : await import('numcodecs/lz4');
  let unpacked: Uint8Array;
  try {
    unpacked = await Codec.fromConfig({ id: codec }).decode(packed);
  } catch {
    // What is thrown is a number, or a fault of the module.
    throw new Error(`a chunk of ${codec} is damaged`);
  }
  // Not a view of the memory of the module.
  return { data: Uint8Array.from(unpacked) };
}
