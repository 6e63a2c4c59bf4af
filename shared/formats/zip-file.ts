/**
 * A folder as one zip file that comes out while its files go in. They are stored as they are: what is large in them is
 * packed already. No time stands in it, so the same files give the same bytes.
 *
 * @module
 */
import { Zip, ZipPassThrough } from 'fflate';
import type { FolderPiece } from './folder-piece.ts';
import type { FilePart } from './format.ts';
import { PartSplitter } from './part-splitter.ts';

/** The first day that a zip file can say, as text without a zone: such a file says the hours of a wall clock. */
const NO_TIME = '1980-01-01T00:00:00';

export class ZipFile {
  readonly #out = new PartSplitter();
  readonly #zip = new Zip((error, bytes) => {
    if (error) throw error;
    this.#out.add(bytes);
  });
  #file: ZipPassThrough | undefined;

  *add(pieces: Iterable<FolderPiece>): Generator<FilePart> {
    for (const { name, bytes } of pieces) {
      if (this.#file?.filename !== name) this.#begin(name);
      this.#file!.push(bytes);
      yield* this.#out.full();
    }
  }

  *finish(): Generator<FilePart> {
    this.#file?.push(new Uint8Array(), true);
    this.#zip.end();
    yield* this.#out.rest();
  }

  #begin(name: string): void {
    this.#file?.push(new Uint8Array(), true);
    this.#file = new ZipPassThrough(name);
    this.#file.mtime = NO_TIME;
    this.#zip.add(this.#file);
  }
}
