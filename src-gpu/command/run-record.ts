/**
 * What has been done in a folder of results: whose files they are, so that nothing is done twice and nothing of somebody
 * else is overwritten.
 *
 * @module
 */
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UniCellError } from '../../shared/errors.ts';
import type { FinishedDetection } from './detection-report.ts';
import { type FileNote, isSameFile, noteOf, noteOfBytes } from './file-note.ts';

/** In the folder of the results. */
const FOLDER = '.unicell';

/** What the command has to say of a slide that is done. */
export interface DoneSlide {
  readonly finished: FinishedDetection;
  /** Pictures for the report, by name. */
  readonly pictures: ReadonlyMap<string, Uint8Array>;
}

interface StoredRecord {
  /** Names slide, model and options: as of `runKey`. */
  readonly key: string;
  readonly files: readonly FileNote[];
  /** What lay under their names when they were to appear: it is there still when the process was killed before they did. */
  readonly replaced: readonly FileNote[];
  /** Left out while parts of the slide have no result, which the next call tries again. */
  readonly finished?: FinishedDetection;
  readonly pictures?: readonly FileNote[];
}

/** What calls have written into a folder. */
export async function resultsIn(folder: string): Promise<Set<string>> {
  const notes = join(folder, FOLDER);
  const names = await readdir(notes).catch(() => []);
  const results = new Set<string>();
  for (const name of names.filter((one) => one.endsWith('.json'))) {
    const stored = await readStored(join(notes, name));
    for (const file of stored?.files ?? []) results.add(file.name);
  }
  return results;
}

async function readStored(path: string): Promise<StoredRecord | undefined> {
  try {
    const stored = JSON.parse(await readFile(path, 'utf8')) as StoredRecord;
    return stored.files.every(({ name }) => typeof name === 'string') ? stored : undefined;
  } catch {
    return undefined;
  }
}

/** The record of one slide in a folder of results. */
export class RunRecord {
  readonly #folder: string;
  readonly #stem: string;
  readonly #key: string;
  readonly #isForced: boolean;

  constructor(
    folder: string,
    stem: string,
    { key, isForced }: { readonly key: string; readonly isForced: boolean },
  ) {
    this.#folder = folder;
    this.#stem = stem;
    this.#key = key;
    this.#isForced = isForced;
  }

  /** What was done before, by the same call, and is all there still, as it was written. */
  async done(): Promise<DoneSlide | undefined> {
    const stored = this.#isForced ? undefined : await this.#read();
    if (stored?.key !== this.#key || stored.finished === undefined) return undefined;
    for (const note of stored.files) {
      const there = await noteOf(this.#folder, note.name);
      if (there === undefined || !isSameFile(there, note)) return undefined;
    }
    const pictures = new Map<string, Uint8Array>();
    for (const { name, sha256 } of stored.pictures ?? []) {
      const bytes = await readFile(this.#pathOf(name)).catch(() => undefined);
      if (bytes === undefined || noteOfBytes(name, bytes).sha256 !== sha256) return undefined;
      pictures.set(name, bytes);
    }
    const files = stored.files.map(({ name }) => join(this.#folder, name));
    return { finished: { ...stored.finished, files }, pictures };
  }

  /**
   * Refuses to write over files that another call has left, and over those of this call that somebody has changed since. An
   * emptied file holds nothing that could be lost.
   *
   * @throws {UniCellError} `OUTPUT_EXISTS`.
   */
  async requireFree(names: readonly string[]): Promise<void> {
    if (this.#isForced) return;
    const there = names.filter((name) => existsSync(join(this.#folder, name)));
    if (there.length === 0) return;
    const stored = await this.#read();
    if (stored?.key === this.#key) {
      for (const name of there) await this.#requireUnchanged(name, stored);
      return;
    }
    throw new UniCellError(
      'OUTPUT_EXISTS',
      `${join(this.#folder, there[0]!)} is there${there.length > 1 ? `, and ${there.length - 1} more` : ''}, of another slide, model or options. Pass --force to overwrite, or --out with another folder.`,
    );
  }

  async #requireUnchanged(name: string, { files, replaced }: StoredRecord): Promise<void> {
    const there = await noteOf(this.#folder, name);
    if (there === undefined || there.bytes === 0) return;
    if ([...files, ...replaced].some((note) => isSameFile(note, there))) return;
    throw new UniCellError(
      'OUTPUT_EXISTS',
      `${join(this.#folder, name)} is not as it was written. Move it away to have it written again, pass --force to overwrite it, or --out with another folder.`,
    );
  }

  /**
   * Keeps what is done; to be called before its files appear.
   *
   * @param finished Left out when parts of it are missing.
   * @throws {UniCellError} `OUTPUT_EXISTS`.
   */
  async keep(files: readonly FileNote[], done: DoneSlide | undefined): Promise<void> {
    const names = files.map(({ name }) => name);
    await this.requireFree(names);
    const before = await this.#read();
    await mkdir(join(this.#folder, FOLDER), { recursive: true });
    const pictures: FileNote[] = [];
    for (const [name, bytes] of done?.pictures ?? []) {
      await writeFile(this.#pathOf(name), bytes);
      pictures.push(noteOfBytes(name, bytes));
    }
    const there = await Promise.all(names.map((name) => noteOf(this.#folder, name)));
    const stored: StoredRecord = {
      key: this.#key,
      files,
      replaced: there.filter((note) => note !== undefined),
      ...(done && { finished: done.finished, pictures }),
    };
    await this.#write(stored);
    // What an earlier call has left under names that are not written again would pass for a result of this one.
    for (const { name } of before?.files ?? []) {
      if (names.includes(name)) continue;
      await rm(join(this.#folder, name), { force: true, recursive: true });
    }
  }

  async #write(stored: StoredRecord): Promise<void> {
    const path = this.#pathOf('json');
    await writeFile(`${path}.part`, JSON.stringify(stored));
    await rename(`${path}.part`, path);
  }

  #read(): Promise<StoredRecord | undefined> {
    return readStored(this.#pathOf('json'));
  }

  #pathOf(name: string): string {
    return join(this.#folder, FOLDER, `${this.#stem}.${name}`);
  }
}
