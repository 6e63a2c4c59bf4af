/** A tag of a TIFF: ASCII 2, SHORT 3, LONG 4, RATIONAL 5 (pairs), UNDEFINED 7, SLONG 9, FLOAT 11, LONG8 16. */
export type TiffTag = readonly [
  tag: number,
  type: 2 | 3 | 4 | 5 | 7 | 9 | 11 | 16,
  values: ArrayLike<number>,
];

export interface TiffPage {
  readonly width: number;
  readonly height: number;
  /** Side of the tiles; without it, `tiles` is one strip. */
  readonly tile?: number;
  /** Row by row; a tile that occurs often is written once. */
  readonly tiles: readonly Uint8Array[];
  /** Besides size, tiles and what is 8-bit RGB. */
  readonly tags?: readonly TiffTag[];
  /** Pages of tag 330. */
  readonly below?: readonly TiffPage[];
}

/** Text as the value of a tag. */
export function ascii(text: string): TiffTag[2] {
  return new TextEncoder().encode(`${text}\0`);
}

const sizes = { 2: 1, 3: 2, 4: 4, 5: 8, 7: 1, 9: 4, 11: 4, 16: 8 } as const;

/**
 * Writes a TIFF of tiles that are encoded already: a slide of 100,000 x 80,000 pixels takes no more bytes
 * than its few different tiles and their offsets.
 *
 * @param loop Lets the chain of pages lead back to the first.
 */
export function tiffFile(
  pages: readonly TiffPage[],
  { big = false, little = true, loop = false } = {},
): Uint8Array {
  const parts: Uint8Array[] = [];
  let length = big ? 16 : 8;
  const add = (bytes: Uint8Array): number => {
    const at = length;
    const padded = new Uint8Array(bytes.length + (bytes.length % 2));
    padded.set(bytes);
    parts.push(padded);
    length += padded.length;
    return at;
  };
  const places = new Map<Uint8Array, number>();
  const placeOf = (tile: Uint8Array): number => {
    if (tile.length === 0) return 0;
    const at = places.get(tile) ?? add(tile);
    places.set(tile, at);
    return at;
  };
  const word = big ? 8 : 4;
  const values = (type: TiffTag[1], numbers: ArrayLike<number>): Uint8Array => {
    const count = type === 5 ? numbers.length / 2 : numbers.length;
    const bytes = new Uint8Array(count * sizes[type]);
    const view = new DataView(bytes.buffer);
    for (let i = 0; i < numbers.length; i++) {
      const value = numbers[i]!;
      if (type === 3) view.setUint16(i * 2, value, little);
      else if (type === 4 || type === 5 || type === 9) view.setUint32(i * 4, value, little);
      else if (type === 11) view.setFloat32(i * 4, value, little);
      else if (type === 16) view.setBigUint64(i * 8, BigInt(value), little);
      else view.setUint8(i, value);
    }
    return bytes;
  };
  /** Writes a page; its pointer to the next one is filled in by the caller. */
  const addPage = (page: TiffPage): { at: number; next: number } => {
    const own = new Map((page.tags ?? []).map((tag) => [tag[0], tag]));
    const isStrip = page.tile === undefined;
    const tags: TiffTag[] = [
      [256, 4, [page.width]],
      [257, 4, [page.height]],
      [258, 3, [8, 8, 8]],
      [259, 3, [1]],
      [262, 3, [2]],
      [277, 3, [3]],
      [isStrip ? 273 : 324, big ? 16 : 4, page.tiles.map(placeOf)],
      [isStrip ? 279 : 325, 4, page.tiles.map((tile) => tile.length)],
    ];
    if (page.tile === undefined) tags.push([278, 4, [page.height]]);
    else tags.push([322, 4, [page.tile]], [323, 4, [page.tile]]);
    if (page.below) tags.push([330, big ? 16 : 4, page.below.map((one) => addPage(one).at)]);
    const all = [...tags.filter(([tag]) => !own.has(tag)), ...own.values()];
    const sorted = all.filter(([, , v]) => v.length > 0).sort(([a], [b]) => a - b);
    const countBytes = big ? 8 : 2;
    const entryBytes = 4 + 2 * word;
    const bytes = new Uint8Array(countBytes + sorted.length * entryBytes + word);
    const view = new DataView(bytes.buffer);
    const setWord = (at: number, value: number) =>
      big ? view.setBigUint64(at, BigInt(value), little) : view.setUint32(at, value, little);
    if (big) view.setBigUint64(0, BigInt(sorted.length), little);
    else view.setUint16(0, sorted.length, little);
    for (const [i, [tag, type, numbers]] of sorted.entries()) {
      const at = countBytes + i * entryBytes;
      const value = values(type, numbers);
      view.setUint16(at, tag, little);
      view.setUint16(at + 2, type, little);
      setWord(at + 4, value.length / sizes[type]);
      if (value.length <= word) bytes.set(value, at + 4 + word);
      else setWord(at + 4 + word, add(value));
    }
    const at = add(bytes);
    return { at, next: at + bytes.length - word };
  };
  const chain = pages.map(addPage);
  const file = new Uint8Array(length);
  const view = new DataView(file.buffer);
  const setWord = (at: number, value: number) =>
    big ? view.setBigUint64(at, BigInt(value), little) : view.setUint32(at, value, little);
  view.setUint16(0, little ? 0x4949 : 0x4d4d);
  view.setUint16(2, big ? 43 : 42, little);
  if (big) view.setUint16(4, 8, little);
  setWord(big ? 8 : 4, chain[0]?.at ?? 0);
  let at = big ? 16 : 8;
  for (const part of parts) {
    file.set(part, at);
    at += part.length;
  }
  for (const [i, { next }] of chain.entries()) {
    setWord(next, chain[i + 1]?.at ?? (loop ? chain[0]!.at : 0));
  }
  return file;
}
