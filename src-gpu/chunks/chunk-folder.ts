/**
 * The chunk files of one plan in a blob store. A file's name holds its hash, so a file is right or it is
 * removed; what is there is what has been done, and there is no other book of it.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import type { BlobStore } from '../blobs/blob-store.ts';
import { type ChunkContent, ChunkDamaged, decodeChunk, encodeChunk } from './chunk-file.ts';
import type { ChunkTask } from './job-plan.ts';
import type { PlanLayout } from './plan-layout.ts';

export class ChunkFolder {
  readonly layout: PlanLayout;
  readonly blobs: BlobStore;
  readonly #prefix: string;

  /** @param folder Prefix of everything that belongs to the job: empty, or ended by `/`. */
  constructor(blobs: BlobStore, folder: string, layout: PlanLayout) {
    this.blobs = blobs;
    this.layout = layout;
    this.#prefix = `${folder}chunks/${layout.plan.planHash}/`;
  }

  /** @throws {UniCellError} `OUTPUT_UNWRITABLE`. */
  async put(task: ChunkTask, content: ChunkContent, signal?: AbortSignal): Promise<void> {
    const bytes = encodeChunk(this.layout.frame(task), content);
    await this.blobs.put(`${this.#prefix}${task.index}.${sha256(bytes)}`, bytes, signal);
  }

  /**
   * The files that are there, one per chunk, as an image of this moment. Nodes with other hardware may
   * have written files of their own for a chunk; everybody takes the one with the smallest hash.
   *
   * @param only Looks for the file of this chunk alone.
   */
  async list(only?: number): Promise<ReadonlyMap<number, string>> {
    const keys = new Map<number, string>();
    const prefix = only === undefined ? this.#prefix : `${this.#prefix}${only}.`;
    for await (const key of this.blobs.list(prefix)) {
      const name = /^(\d{1,9})\.[0-9a-f]{64}$/.exec(key.slice(this.#prefix.length));
      if (!name) continue;
      const index = Number(name[1]);
      const other = keys.get(index);
      if (this.layout.tasks.has(index) && (other === undefined || key < other))
        keys.set(index, key);
    }
    return keys;
  }

  /**
   * Reads a chunk file.
   *
   * @param key As of {@link list}.
   * @returns `undefined` when it is damaged or gone; a damaged one has then been removed.
   */
  async read(index: number, key: string): Promise<ChunkContent | undefined> {
    const bytes = await this.blobs.bytes(key);
    if (bytes === undefined) return undefined;
    try {
      if (!key.endsWith(`.${sha256(bytes)}`)) throw new ChunkDamaged('its hash is another one');
      return decodeChunk(bytes, this.layout.frame(this.layout.tasks.get(index)!));
    } catch (error) {
      if (!(error instanceof ChunkDamaged)) throw error;
      await this.blobs.remove(key);
      return undefined;
    }
  }
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
