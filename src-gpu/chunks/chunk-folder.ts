/**
 * The chunk files of one plan in a blob store. A file's name holds its hash, so a file is right or it counts
 * as not there; what is there is what has been done, and there is no other book of it.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import type { BlobStore } from '../blobs/blob-store.ts';
import { type ChunkContent, ChunkDamaged, decodeChunk, encodeChunk } from './chunk-file.ts';
import type { ChunkTask } from './job-plan.ts';
import type { PlanLayout } from './plan-layout.ts';

/** Damaged files of a job that are kept for who wants to know what became of them. */
const MAX_ASIDE = 16;

export class ChunkFolder {
  readonly layout: PlanLayout;
  readonly blobs: BlobStore;
  readonly #prefix: string;
  readonly #asidePrefix: string;
  readonly #damage = new Map<number, { readonly key: string; readonly reason: string }>();

  /** @param folder Prefix of everything that belongs to the job: empty, or ended by `/`. */
  constructor(blobs: BlobStore, folder: string, layout: PlanLayout) {
    this.blobs = blobs;
    this.layout = layout;
    this.#prefix = `${folder}chunks/${layout.plan.planHash}/`;
    this.#asidePrefix = `${folder}damaged/`;
  }

  /** Why chunks cannot be read, of those that were found damaged and have not been written again. */
  get damage(): ReadonlyMap<number, string> {
    return new Map([...this.#damage].map(([index, { reason }]) => [index, reason]));
  }

  /**
   * Writes the file of a chunk. One that was found damaged is kept aside first, below `damaged/`.
   *
   * @throws {UniCellError} `OUTPUT_UNWRITABLE`.
   */
  async put(task: ChunkTask, content: ChunkContent, signal?: AbortSignal): Promise<void> {
    await this.#setAside(task);
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
   * Reads a chunk file. Nothing is changed by it: a damaged file stays until its chunk has been run again.
   *
   * @param key As of {@link list}.
   * @returns `undefined` when it is damaged or gone; {@link damage} then says why.
   */
  async read(index: number, key: string): Promise<ChunkContent | undefined> {
    try {
      const bytes = await this.#bytes(key);
      return bytes && this.#decode(index, key, bytes);
    } catch (error) {
      if (!(error instanceof ChunkDamaged)) throw error;
      this.#damage.set(index, { key, reason: error.message });
      return undefined;
    }
  }

  #decode(index: number, key: string, bytes: Uint8Array): ChunkContent {
    if (!key.endsWith(`.${sha256(bytes)}`)) throw new ChunkDamaged('its hash is another one');
    return decodeChunk(bytes, this.layout.frame(this.layout.tasks.get(index)!));
  }

  /** A sector that cannot be read is damage like any other. */
  async #bytes(key: string): Promise<Uint8Array | undefined> {
    try {
      return await this.blobs.bytes(key);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EIO') throw new ChunkDamaged('the disk cannot read it');
      throw error;
    }
  }

  async #setAside({ index }: ChunkTask): Promise<void> {
    const damaged = this.#damage.get(index);
    if (damaged === undefined) return;
    const { key } = damaged;
    // Another node may have written it again meanwhile.
    if ((await this.read(index, key)) === undefined) {
      const bytes = await this.#bytes(key).catch((error) => {
        if (!(error instanceof ChunkDamaged)) throw error;
      });
      if (bytes) await this.#keepAside(key, bytes);
      await this.blobs.remove(key);
    }
    this.#damage.delete(index);
  }

  async #keepAside(key: string, bytes: Uint8Array): Promise<void> {
    let kept = 0;
    for await (const _ of this.blobs.list(this.#asidePrefix)) kept++;
    if (kept >= MAX_ASIDE) return;
    await this.blobs.put(`${this.#asidePrefix}${key.slice(key.lastIndexOf('/') + 1)}`, bytes);
  }
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
