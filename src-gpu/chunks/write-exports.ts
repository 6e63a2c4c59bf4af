/**
 * Result files of one dataset, of an image or of a slide.
 *
 * @module
 */
import type { Job } from '../../shared/api/jobs/job-schemas.ts';
import { fileSlices } from '../../shared/formats/file-slices.ts';
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
 * `SLIDE.DATASET.EXTENSION`. Where a format limits its files they are written one after the other from one reading of
 * the nuclei.
 *
 * @throws {UniCellError} `OUTPUT_UNWRITABLE`, `CANCELED`, and what reading the nuclei throws.
 */
export async function writeExports(
  files: Pick<BlobStore, 'put'>,
  { head, blocks, formats, folder }: ExportRequest,
  signal?: AbortSignal,
): Promise<WrittenExport[]> {
  const dataset = head.dataset.id;
  const exports: WrittenExport[] = [];
  const stem = resultStem(head.image.id);
  for (const format of formats) {
    const { stream } = await format.load();
    const slices = new BlockSlices(blocks);
    for (const { name, start, end, part } of fileSlices(format, dataset, head.count)) {
      const key = `${folder}${name}`;
      const own = { ...head, count: end - start, part };
      const content = stream(own, part ? () => slices.slice(start, end) : blocks);
      const written = await files.put(key, content, signal);
      const { id, mediaType } = format;
      exports.push({ name: `${stem}.${name}`, format: id, dataset, mediaType, key, ...written });
    }
    await slices.close();
  }
  return exports;
}
