/**
 * Result files of one dataset, of an image or of a slide.
 *
 * @module
 */
import type { Job } from '../../shared/api/jobs/job-schemas.ts';
import { fileSlices } from '../../shared/formats/file-slices.ts';
import type { FolderPiece } from '../../shared/formats/folder-piece.ts';
import type { ExportHead, Format } from '../../shared/formats/format.ts';
import { resultStem } from '../../shared/formats/result-stem.ts';
import { BlockSlices } from '../../shared/nuclei/block-slices.ts';
import type { Nuclei } from '../../shared/nuclei/nuclei.ts';
import type { BlobStore } from '../blobs/blob-store.ts';

/** A result file and where it lies. */
export type WrittenExport = Job['exports'][number] & {
  /** Under which it was put. */
  readonly key: string;
};

/** Takes result files, and result folders where it can hold any. */
export interface ExportTarget extends Pick<BlobStore, 'put'> {
  /**
   * @param name Of the folder.
   * @returns As of `put`, over all files.
   * @throws {UniCellError} As of `put`.
   */
  putFolder?(
    name: string,
    pieces: AsyncIterable<FolderPiece>,
    signal?: AbortSignal,
  ): Promise<{ readonly bytes: number; readonly sha256: string }>;
}

export interface ExportRequest {
  readonly head: ExportHead;
  /** All nuclei, once for every pass over them. */
  readonly blocks: () => AsyncIterable<Nuclei>;
  readonly formats: readonly Format[];
  /** Prefix of the exports' keys. */
  readonly folder: string;
}

/**
 * Writes the files of each format: under keys that are named after the dataset, for people also after the image,
 * `SLIDE.DATASET.EXTENSION`; a format that is a folder becomes one where the target holds folders, and a zip file
 * elsewhere. Where a format limits its files they are written one after the other from one reading of the nuclei.
 *
 * @throws {UniCellError} `OUTPUT_UNWRITABLE`, `CANCELED`, and what reading the nuclei throws.
 */
export async function writeExports(
  files: ExportTarget,
  { head, blocks, formats, folder }: ExportRequest,
  signal?: AbortSignal,
): Promise<WrittenExport[]> {
  const dataset = head.dataset.id;
  const exports: WrittenExport[] = [];
  const stem = resultStem(head.image.id);
  for (const format of formats) {
    const { stream, pieces } = await format.load();
    const slices = new BlockSlices(blocks);
    for (const { name, start, end, part } of fileSlices(format, dataset, head.count)) {
      const own = { ...head, count: end - start, part };
      const ofOwn = part ? () => slices.slice(start, end) : blocks;
      const isFolder = pieces !== undefined && files.putFolder !== undefined;
      const key = isFolder ? `${folder}${name.replace(/\.zip$/, '')}` : `${folder}${name}`;
      const written = isFolder
        ? await files.putFolder!(key, pieces(own, ofOwn), signal)
        : await files.put(key, stream(own, ofOwn), signal);
      const { id, mediaType } = format;
      exports.push({ name: `${stem}.${name}`, format: id, dataset, mediaType, key, ...written });
    }
    await slices.close();
  }
  return exports;
}
