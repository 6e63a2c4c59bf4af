/**
 * What there is of a plan's chunks, read once from end to end before anything is made of it.
 *
 * @module
 */
import { throwIfCanceled } from '../../shared/cancel.ts';
import { addCounts, type ClassCounts, noCounts } from '../../shared/detect/summary.ts';
import { settleOpen } from '../../shared/nuclei/chunk-nuclei.ts';
import type { Nuclei } from '../../shared/nuclei/nuclei.ts';
import { inReadingOrder, mergedOrder } from '../../shared/nuclei/reading-order.ts';
import { concatNuclei, rowsWhere, takeNuclei } from '../../shared/nuclei/select.ts';
import type { ChunkContent } from './chunk-file.ts';
import type { ChunkFolder } from './chunk-folder.ts';
import { jobRows } from './job-rows.ts';
import { NucleiSpool, type SpooledTable } from './nuclei-spool.ts';

export interface Survey {
  /** Chunks without a file that is whole. */
  readonly missing: readonly number[];
  /** Windows that the model saw. */
  readonly windows: number;
  /** Windows in which every query was a nucleus, per dataset. */
  readonly saturatedWindows: readonly number[];
  /** Nuclei that the job was asked for, per dataset and class. */
  readonly counts: readonly ClassCounts[];
  /**
   * These nuclei, one row of chunks after the other: together from top to bottom and from left to right, in
   * pixels of level 0. May be asked for as often as need be; the chunk files are not read for it.
   *
   * @param dataset Its place in the plan.
   * @throws {UniCellError} `CANCELED`.
   */
  blocks(dataset: number, signal?: AbortSignal): AsyncGenerator<Nuclei>;
  /** Lets go of the nuclei. */
  close(): Promise<void>;
}

/** What a row of chunks found under one dataset, in reading order, in pixels of the level. */
interface Row {
  /** Decided by the chunks themselves. */
  readonly decided: SpooledTable;
  /** By chunk. */
  readonly open: ReadonlyMap<number, Nuclei>;
  /** Those of the open ones that are no duplicates. */
  settled: Nuclei | undefined;
}

/**
 * Reads every chunk file once: verifies it, settles what the chunks left open, counts, and puts the nuclei that
 * the job was asked for where they can be read again. In memory is one row of chunks, and the open nuclei of all,
 * a few of a thousand; the others lie in a file without a name on the disk of the blob store, 13 bytes each.
 *
 * @throws {UniCellError} `OUTPUT_UNWRITABLE`, `CANCELED`.
 */
export async function surveyChunks(folder: ChunkFolder, signal?: AbortSignal): Promise<Survey> {
  const surveyor = new Surveyor(folder);
  try {
    await surveyor.read(signal);
    surveyor.settle();
    return surveyor;
  } catch (error) {
    await surveyor.close();
    throw error;
  }
}

class Surveyor implements Survey {
  readonly missing: number[] = [];
  windows = 0;
  readonly saturatedWindows: number[];
  readonly counts: readonly ClassCounts[];
  readonly #folder: ChunkFolder;
  readonly #spool: NucleiSpool;
  /** Per dataset. */
  readonly #rows: readonly Row[][];
  /** Per dataset: which nuclei in pixels of level 0 were asked for. */
  readonly #wanted: readonly ((nuclei: Nuclei) => Uint32Array)[];

  constructor(folder: ChunkFolder) {
    const { plan } = folder.layout;
    this.#folder = folder;
    this.#spool = new NucleiSpool(() => folder.blobs.scratch());
    this.#rows = plan.routes.map(() => []);
    this.#wanted = plan.routes.map((_, i) => jobRows(plan, i));
    this.counts = plan.routes.map(noCounts);
    this.saturatedWindows = plan.routes.map(() => 0);
  }

  async read(signal: AbortSignal | undefined): Promise<void> {
    const { chunks, tasks } = this.#folder.layout;
    const listed = await this.#folder.list();
    for (let row = 0; row < chunks.rows; row++) {
      const found = new Map<number, ChunkContent>();
      for (let column = 0; column < chunks.columns; column++) {
        const index = row * chunks.columns + column;
        if (!tasks.has(index)) continue;
        throwIfCanceled(signal);
        const key = listed.get(index);
        const content = key === undefined ? undefined : await this.#folder.read(index, key);
        if (content) found.set(index, content);
        else this.missing.push(index);
      }
      if (found.size > 0) await this.#addRow(found);
    }
  }

  async #addRow(found: ReadonlyMap<number, ChunkContent>): Promise<void> {
    for (const { windows } of found.values()) this.windows += windows;
    for (const [i, rows] of this.#rows.entries()) {
      const results = [...found].map(([index, { results }]) => [index, results[i]!] as const);
      for (const [, one] of results) this.saturatedWindows[i]! += one.saturatedWindows;
      const decided = this.#take(
        i,
        results.map(([, one]) => one.decided),
      );
      rows.push({
        decided: await this.#spool.add(decided),
        open: new Map(results.map(([index, { open }]) => [index, open])),
        settled: undefined,
      });
    }
  }

  settle(): void {
    for (const [i, rows] of this.#rows.entries()) {
      const open = rows.flatMap((row) => [...row.open.values()]);
      const survives = settleOpen(open, this.#folder.layout.radiusPx(i)).values();
      for (const row of rows) {
        const settled = [...row.open.values()].map((nuclei) => {
          const flags = survives.next().value!;
          return takeNuclei(
            nuclei,
            rowsWhere(nuclei.length, (place) => flags[place] === 1),
          );
        });
        row.settled = this.#take(i, settled);
      }
    }
  }

  async *blocks(dataset: number, signal?: AbortSignal): AsyncGenerator<Nuclei> {
    for (const { decided, settled } of this.#rows[dataset]!) {
      throwIfCanceled(signal);
      const first = await this.#spool.read(decided);
      const all = concatNuclei([first, settled!]);
      if (all.length === 0) continue;
      yield takeNuclei(all, mergedOrder(first, settled!), this.#folder.layout.scale);
    }
  }

  close(): Promise<void> {
    return this.#spool.close();
  }

  /** Counts those of the nuclei that were asked for and gives them in reading order. */
  #take(dataset: number, parts: readonly Nuclei[]): Nuclei {
    const all = concatNuclei(parts);
    const everyRow = rowsWhere(all.length, () => true);
    const { scale } = this.#folder.layout;
    const rows = this.#wanted[dataset]!(takeNuclei(all, everyRow, scale));
    const wanted = takeNuclei(all, inReadingOrder(all, rows));
    addCounts(this.counts[dataset]!, wanted);
    return wanted;
  }
}
