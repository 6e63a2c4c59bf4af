/**
 * Annotations as a format: from one table of nuclei, or from blocks of them. Coordinates go out as they come,
 * class by class; of the scores, which stand behind them, those of one class are held.
 *
 * @module
 */
import { addCounts, type ClassCounts, noCounts } from '../../detect/summary.ts';
import type { Nuclei } from '../../nuclei/nuclei.ts';
import type { ExportHead, FilePart, FormatModule } from '../format.ts';
import { checkExport } from '../writing.ts';
import {
  type AnnotationGroup,
  annotationGroups,
  type CoordinateKind,
  closeFile,
  closeGroup,
  closeScores,
  openFile,
  openGroup,
  openScores,
} from './annotations.ts';
import { type DerivedHead, requireDerivation } from './derived-object.ts';

/** Writes x and y of a nucleus. */
export interface CoordinateWriter extends CoordinateKind {
  write(out: DataView, at: number, x: number, y: number): void;
}

/** Nuclei whose coordinates are one part, of 64 KiB. */
const PART_NUCLEI = 4096;
const SCORES_BYTES = 1 << 16;

/** The two ways of writing for one kind of coordinates. */
export function annotationWriters(
  kindOf: (head: DerivedHead) => CoordinateWriter,
): Required<Omit<FormatModule, 'pieces'>> {
  return {
    check(plain) {
      kindOf(requireDerivation(plain));
    },
    write(input) {
      const { nuclei, ...rest } = input;
      checkExport(nuclei, rest);
      const head = requireDerivation({ ...rest, count: nuclei.length });
      const counts = noCounts();
      addCounts(counts, nuclei);
      return parts(new AnnotationParts(head, kindOf(head)), nuclei, counts);
    },
    stream: (plain, blocks) => {
      const head = requireDerivation(plain);
      return streamedParts(new AnnotationParts(head, kindOf(head)), head, blocks);
    },
  };
}

function* parts(file: AnnotationParts, nuclei: Nuclei, counts: ClassCounts): Generator<FilePart> {
  yield file.open();
  for (const group of annotationGroups(counts)) {
    const scores = new Scores(group);
    yield file.openGroup(group);
    yield* file.coordinates(group, nuclei, scores);
    yield* file.closeGroup(group, scores);
  }
  yield file.close();
}

async function* streamedParts(
  file: AnnotationParts,
  head: ExportHead,
  blocks: () => AsyncIterable<Nuclei>,
): AsyncGenerator<FilePart> {
  const counts = noCounts();
  for await (const block of blocks()) {
    checkExport(block, head);
    addCounts(counts, block);
  }
  yield file.open();
  for (const group of annotationGroups(counts)) {
    const scores = new Scores(group);
    yield file.openGroup(group);
    for await (const block of blocks()) yield* file.coordinates(group, block, scores);
    yield* file.closeGroup(group, scores);
  }
  yield file.close();
}

/** Scores of one class, in little endian. */
class Scores {
  readonly #view: DataView<ArrayBuffer>;
  #length = 0;

  constructor({ count }: AnnotationGroup) {
    this.#view = new DataView(new ArrayBuffer(4 * count));
  }

  add(score: number): void {
    this.#view.setFloat32(this.#length, score, true);
    this.#length += 4;
  }

  *parts(): Generator<FilePart> {
    const { buffer } = this.#view;
    for (let at = 0; at < buffer.byteLength; at += SCORES_BYTES) {
      yield new Uint8Array(buffer.slice(at, at + SCORES_BYTES));
    }
  }
}

class AnnotationParts {
  readonly #head: DerivedHead;
  readonly #kind: CoordinateWriter;

  constructor(head: DerivedHead, kind: CoordinateWriter) {
    this.#head = head;
    this.#kind = kind;
  }

  open(): FilePart {
    return openFile(this.#head, this.#kind);
  }

  openGroup(group: AnnotationGroup): FilePart {
    return openGroup(this.#head, this.#kind, group);
  }

  *coordinates(
    { classIndex }: AnnotationGroup,
    nuclei: Nuclei,
    scores: Scores,
  ): Generator<FilePart> {
    const kind = this.#kind;
    const [step, full] = [2 * kind.bytes, 2 * kind.bytes * PART_NUCLEI];
    let part = new DataView(new ArrayBuffer(full));
    let at = 0;
    for (let i = 0; i < nuclei.length; i++) {
      if (nuclei.class[i] !== classIndex) continue;
      kind.write(part, at, nuclei.x[i]!, nuclei.y[i]!);
      scores.add(nuclei.score[i]!);
      at += step;
      if (at < full) continue;
      yield new Uint8Array(part.buffer);
      part = new DataView(new ArrayBuffer(full));
      at = 0;
    }
    if (at > 0) yield new Uint8Array(part.buffer.slice(0, at));
  }

  *closeGroup(group: AnnotationGroup, scores: Scores): Generator<FilePart> {
    if (group.count > 0) {
      yield openScores(group);
      yield* scores.parts();
      yield closeScores();
    }
    yield closeGroup(this.#head, this.#kind, group);
  }

  close(): FilePart {
    return closeFile(this.#head, this.#kind);
  }
}
