/**
 * How every format is written: as sections, each with a row of its own per nucleus. So a file can be
 * written from one table or from any blocks of it, and comes out the same; and a format that lists column
 * after column never holds more than a block.
 *
 * @module
 */
import type { Nuclei } from '../nuclei/nuclei.ts';
import type { ExportHead, FilePart, FormatModule } from './format.ts';
import { PartWriter } from './part-writer.ts';
import { checkExport } from './writing.ts';

/** A part of a file that goes over all nuclei once. */
export interface Section {
  readonly head: string;
  readonly separator: string;
  readonly tail: string;
  /** Writes what the section says of one nucleus. */
  row(out: PartWriter, nuclei: Nuclei, row: number): void;
}

/** The two ways of writing that a format's sections give. */
export function writersOf(
  sectionsOf: (head: ExportHead) => readonly Section[],
): Pick<FormatModule, 'write' | 'stream'> {
  return {
    write(input) {
      const { nuclei, ...head } = input;
      checkExport(nuclei, head);
      return parts(sectionsOf({ ...head, count: nuclei.length }), nuclei);
    },
    stream: (head, blocks) => streamedParts(sectionsOf(head), head, blocks),
  };
}

function* parts(sections: readonly Section[], nuclei: Nuclei): Generator<FilePart> {
  const out = new PartWriter();
  for (const section of sections) {
    out.text(section.head);
    yield* rows(out, section, nuclei, true);
    out.text(section.tail);
  }
  if (!out.isEmpty) yield out.take();
}

async function* streamedParts(
  sections: readonly Section[],
  head: ExportHead,
  blocks: () => AsyncIterable<Nuclei>,
): AsyncGenerator<FilePart> {
  const out = new PartWriter();
  for (const section of sections) {
    let isFirst = true;
    out.text(section.head);
    for await (const block of blocks()) {
      checkExport(block, head);
      yield* rows(out, section, block, isFirst);
      isFirst &&= block.length === 0;
    }
    out.text(section.tail);
  }
  if (!out.isEmpty) yield out.take();
}

/** @param isFirst Whether no row of the section came before. */
function* rows(
  out: PartWriter,
  section: Section,
  nuclei: Nuclei,
  isFirst: boolean,
): Generator<FilePart> {
  const separator = new TextEncoder().encode(section.separator);
  for (let row = 0; row < nuclei.length; row++) {
    if (row > 0 || !isFirst) out.bytes(separator);
    section.row(out, nuclei, row);
    if (out.isFull) yield out.take();
  }
}
