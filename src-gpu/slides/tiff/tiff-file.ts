/**
 * The structure of a TIFF or BigTIFF (TIFF 6.0, section 2; the BigTIFF design), read from any byte source.
 *
 * @module
 */
import { UniCellError } from '../../../shared/errors.ts';
import type { ByteSource } from '../bytes/byte-source.ts';
import { readUint } from './tiff-array.ts';
import { TiffDirectory, type TiffLayout } from './tiff-directory.ts';
import { TAG } from './tiff-tags.ts';

/** Pages of the chain that are looked at; slides have about ten. */
const MAX_DIRECTORIES = 256;

export interface TiffFile {
  readonly bytes: ByteSource;
  readonly layout: TiffLayout;
  /** The chain of pages; at least one. */
  readonly directories: readonly TiffDirectory[];
}

/**
 * Reads the chain of directories.
 *
 * @returns `undefined` when the file does not start as a TIFF does.
 * @throws {UniCellError} `IMAGE_UNREADABLE` when the chain leads back to itself or out of the file, or is
 *   empty.
 */
export async function openTiff(bytes: ByteSource): Promise<TiffFile | undefined> {
  const head = await bytes.read(0, Math.min(16, bytes.size));
  const layout = layoutOf(head);
  if (!layout) return undefined;
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  const first = layout.big
    ? readUint(view, 8, 8, layout.little)
    : readUint(view, 4, 4, layout.little);
  const directories: TiffDirectory[] = [];
  const visited = new Set<number>();
  for (let offset = first; offset !== 0 && directories.length < MAX_DIRECTORIES; ) {
    requireNew(bytes, visited, offset);
    const directory = await TiffDirectory.read(bytes, layout, offset);
    directories.push(directory);
    offset = directory.next;
  }
  if (directories.length === 0) {
    throw new UniCellError(
      'IMAGE_UNREADABLE',
      `${bytes.label} is a TIFF without a page. Export it again.`,
    );
  }
  return { bytes, layout, directories };
}

/**
 * The directories below one, where OME-TIFF keeps the levels of a pyramid (technical note 1). Those of
 * each level itself are not looked for.
 *
 * @throws {UniCellError} `IMAGE_UNREADABLE`.
 */
export async function subDirectories(
  { bytes, layout }: TiffFile,
  directory: TiffDirectory,
): Promise<TiffDirectory[]> {
  const offsets = (await directory.numbers(TAG.subIfds)).slice(0, MAX_DIRECTORIES);
  const visited = new Set<number>();
  const found: TiffDirectory[] = [];
  for (const offset of offsets) {
    requireNew(bytes, visited, offset);
    found.push(await TiffDirectory.read(bytes, layout, offset));
  }
  return found;
}

function layoutOf(head: Uint8Array): TiffLayout | undefined {
  const magic = String.fromCharCode(...head.subarray(0, 4));
  if (head.length < 8) return undefined;
  if (magic === 'II*\0') return { little: true, big: false };
  if (magic === 'MM\0*') return { little: false, big: false };
  if (head.length < 16) return undefined;
  if (magic === 'II+\0') return { little: true, big: true };
  return magic === 'MM\0+' ? { little: false, big: true } : undefined;
}

function requireNew({ label }: ByteSource, visited: Set<number>, offset: number): void {
  if (visited.has(offset)) {
    throw new UniCellError(
      'IMAGE_UNREADABLE',
      `${label} is a TIFF whose pages refer back to an earlier one (at ${offset}), without end. The file is damaged; fetch or export it again.`,
    );
  }
  visited.add(offset);
}
