import { existsSync } from 'node:fs';
import { mkdir, open, readFile, rename, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { UniCellError } from '../../../shared/errors.ts';

const FILES = ['summary.csv', 'report.html'];

/** Whose the summary and the report of a folder are: they are written anew by the call that wrote them, and by no other. */
export class BatchRecord {
  readonly #folder: string;
  readonly #key: string;
  readonly #isForced: boolean;

  /** @param key Names the call. */
  constructor(folder: string, key: string, isForced: boolean) {
    this.#folder = folder;
    this.#key = key;
    this.#isForced = isForced;
  }

  get paths(): readonly string[] {
    return FILES.map((name) => join(this.#folder, name));
  }

  /** @throws {UniCellError} `OUTPUT_EXISTS`, `OUTPUT_UNWRITABLE`. */
  async begin(): Promise<void> {
    const there = this.paths.find((path) => existsSync(path));
    const isOurs = this.#isForced || (await this.#read()) === this.#key;
    if (there !== undefined && !isOurs) {
      throw new UniCellError(
        'OUTPUT_EXISTS',
        `${there} is there, of a call with other slides or options. Pass --force to overwrite it, or --out with another folder.`,
      );
    }
    await this.#writing(async () => {
      await mkdir(join(this.#folder, '.unicell'), { recursive: true });
      await writeFile(this.#path, JSON.stringify({ key: this.#key }));
    });
  }

  /**
   * Writes one of the two; it appears when it is complete.
   *
   * @throws {UniCellError} `OUTPUT_UNWRITABLE`.
   */
  async write(name: string, parts: Iterable<string>): Promise<void> {
    const path = join(this.#folder, name);
    const part = join(this.#folder, '.unicell', `${name}.part`);
    await this.#writing(async () => {
      const file = await open(part, 'w');
      try {
        for (const text of parts) await file.writeFile(text);
      } finally {
        await file.close();
      }
      await rename(part, path);
    });
  }

  get #path(): string {
    // No stem of a slide holds a slash, and none is shorter.
    return join(this.#folder, '.unicell', 'call');
  }

  async #read(): Promise<string | undefined> {
    try {
      return (JSON.parse(await readFile(this.#path, 'utf8')) as { key: string }).key;
    } catch {
      return undefined;
    }
  }

  async #writing(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (cause) {
      throw new UniCellError(
        'OUTPUT_UNWRITABLE',
        `Results cannot be written to ${resolve(this.#folder)}: ${(cause as Error).message}. Pass --out with a folder that can be written to.`,
        { cause },
      );
    }
  }
}
