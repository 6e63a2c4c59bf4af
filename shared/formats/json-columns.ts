/**
 * JSON with one array per column: as `json.ts`, but `"nuclei": {"x": [...], "y": [...], "class": [...],
 * "score": [...]}`, the class as an index into `dataset.classes`, `null` where it is unknown.
 *
 * @module
 */
import { UNKNOWN_CLASS } from '../scoring/labelled-points.ts';
import { type Section, writersOf } from './sections.ts';
import { COORDINATE_DECIMALS, fileHeader, openObject, SCORE_DECIMALS } from './writing.ts';

export const { write, stream } = writersOf((head) => {
  const unknown = new TextEncoder().encode('null');
  const column = (head: string, tail: string, row: Section['row']): Section => ({
    head: `${head}[`,
    separator: ',',
    tail: `]${tail}`,
    row,
  });
  return [
    column(`${openObject(fileHeader(head))}"nuclei":{\n"x":`, ',\n', (out, { x }, i) =>
      out.decimal(x[i]!, COORDINATE_DECIMALS),
    ),
    column('"y":', ',\n', (out, { y }, i) => out.decimal(y[i]!, COORDINATE_DECIMALS)),
    column('"class":', ',\n', (out, { class: classes }, i) => {
      if (classes[i] === UNKNOWN_CLASS) out.bytes(unknown);
      else out.decimal(classes[i]!, 0);
    }),
    column('"score":', '\n}}\n', (out, { score }, i) => out.decimal(score[i]!, SCORE_DECIMALS)),
  ];
});
