/**
 * A format as a gzip file of it.
 *
 * @module
 */
import { Gzip } from 'fflate';
import type { FilePart, FormatModule } from './format.ts';
import { PartSplitter } from './part-splitter.ts';

type Writers = Pick<FormatModule, 'write' | 'stream'>;

/** The writers of a format's gzip files. The same nuclei give the same bytes: no time stands in them. */
export function gzipped({ write, stream }: Writers): Writers {
  return {
    write(input) {
      // It refuses before it writes.
      const parts = write(input);
      return packed(parts);
    },
    async *stream(head, blocks) {
      const file = new GzipFile();
      for await (const part of stream(head, blocks)) yield* file.add(part);
      yield* file.finish();
    },
  };
}

function* packed(parts: Iterable<FilePart>): Generator<FilePart> {
  const file = new GzipFile();
  for (const part of parts) yield* file.add(part);
  yield* file.finish();
}

class GzipFile {
  readonly #out = new PartSplitter();
  readonly #gzip = new Gzip({ level: 6, mtime: 0 }, (bytes) => this.#out.add(bytes));

  add(part: FilePart): Generator<FilePart> {
    this.#gzip.push(part);
    return this.#out.full();
  }

  finish(): Generator<FilePart> {
    this.#gzip.push(new Uint8Array(), true);
    return this.#out.rest();
  }
}
