/**
 * JSON with one array per column: as `json.ts`, but `"nuclei": {"x": [...], "y": [...], "class": [...],
 * "score": [...]}`, the class as an index into `dataset.classes`, `null` where it is unknown.
 *
 * @module
 */
import { UNKNOWN_CLASS } from '../scoring/labelled-points.ts';
import { at, type Field, score } from './row.ts';
import { type Section, writersOf } from './sections.ts';
import { fileHeader, openObject } from './writing.ts';

export const { write, stream } = writersOf((head) => {
  const unknown = new TextEncoder().encode('null');
  const column = (head: string, tail: string, row: Field): Section => ({
    head: `${head}[`,
    separator: ',',
    tail: `]${tail}`,
    row,
  });
  const classIndex: Field = (out, { class: classes }, i) => {
    if (classes[i] === UNKNOWN_CLASS) out.bytes(unknown);
    else out.decimal(classes[i]!, 0);
  };
  return [
    column(`${openObject(fileHeader(head))}"nuclei":{\n"x":`, ',\n', at('x')),
    column('"y":', ',\n', at('y')),
    column('"class":', ',\n', classIndex),
    column('"score":', '\n}}\n', score),
  ];
});
