/**
 * What ImageJ says of the pages of its stacks: in the description, and in tags of its own (50838, 50839), which hold
 * a block of labels, lookup tables and others.
 *
 * @module
 */
import type { TiffDirectory } from './tiff-directory.ts';
import { TAG } from './tiff-tags.ts';

export interface ImageJStack {
  readonly images: number;
  readonly channels: number;
  /** `composite`, `color`, `grayscale`. */
  readonly mode: string | undefined;
  /** Of the pages, in order; of an RGB stack "Red", "Green", "Blue". */
  readonly labels: readonly string[];
  /** 0xRRGGBB that the brightest sample of each channel has. */
  readonly colours: readonly number[];
}

/** Bytes of a type that are looked at; labels of a stack of thousands are no concern here. */
const MAX_BYTES = 1024 * 1024;
const LUT_BYTES = 768;

/** @returns `undefined` for a page that ImageJ has not written. */
export async function readImageJ(first: TiffDirectory): Promise<ImageJStack | undefined> {
  const description = (await first.text(TAG.description)) ?? '';
  if (!description.startsWith('ImageJ=')) return undefined;
  const said = (key: string) => new RegExp(`^${key}=(.+)$`, 'm').exec(description)?.[1]?.trim();
  const blocks = await readBlocks(first);
  return {
    images: Number(said('images') ?? 1),
    channels: Number(said('channels') ?? 1),
    mode: said('mode'),
    labels: (blocks.get('labl') ?? []).map((bytes) => utf16(bytes, first.layout.little)),
    colours: (blocks.get('luts') ?? [])
      .filter(({ length }) => length === LUT_BYTES)
      .map((lut) => (lut[255]! << 16) | (lut[511]! << 8) | lut[767]!),
  };
}

/** Values by the name of their type. */
async function readBlocks(first: TiffDirectory): Promise<Map<string, Uint8Array[]>> {
  const blocks = new Map<string, Uint8Array[]>();
  const counts = await first.numbers(TAG.imageJCounts);
  const bytes = await first.bytes(TAG.imageJBlocks);
  const [headerBytes = 0, ...lengths] = counts;
  if (!bytes || bytes.length > MAX_BYTES || headerBytes > bytes.length) return blocks;
  const { little } = first.layout;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  // A name is a number of 32 bits, so in little files it stands backwards.
  const nameAt = (at: number) => {
    const letters = String.fromCharCode(...bytes.subarray(at, at + 4));
    return little ? [...letters].reverse().join('') : letters;
  };
  if (headerBytes < 12 || nameAt(0) !== 'IJIJ') return blocks;
  let [from, next] = [headerBytes, 0];
  for (let at = 4; at + 8 <= headerBytes; at += 8) {
    const count = view.getUint32(at + 4, little);
    const values: Uint8Array[] = [];
    for (let i = 0; i < count && next < lengths.length; i++) {
      const length = lengths[next++]!;
      values.push(bytes.subarray(from, from + length));
      from += length;
    }
    blocks.set(nameAt(at), values);
  }
  return blocks;
}

function utf16(bytes: Uint8Array, little: boolean): string {
  return new TextDecoder(little ? 'utf-16le' : 'utf-16be').decode(bytes);
}
