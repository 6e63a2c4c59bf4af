/**
 * JSON with one object per nucleus: `{"image": ..., "model": ..., "dataset": ..., "count": ..., "nuclei":
 * [{"x", "y", "class", "score"}, ...]}`, the class by name, `null` where it is unknown.
 *
 * @module
 */
import { type Section, writersOf } from './sections.ts';
import {
  COORDINATE_DECIMALS,
  fileHeader,
  openObject,
  perClass,
  SCORE_DECIMALS,
} from './writing.ts';

export const { write, stream } = writersOf((head) => {
  const encoder = new TextEncoder();
  const [x, y, end] = ['{"x":', ',"y":', '}'].map((text) => encoder.encode(text));
  const classMember = perClass(
    head,
    (name) => `,"class":${JSON.stringify(name)},"score":`,
    ',"class":null,"score":',
  );
  const row: Section['row'] = (out, nuclei, i) => {
    out.bytes(x!);
    out.decimal(nuclei.x[i]!, COORDINATE_DECIMALS);
    out.bytes(y!);
    out.decimal(nuclei.y[i]!, COORDINATE_DECIMALS);
    out.bytes(classMember(nuclei.class[i]!));
    out.decimal(nuclei.score[i]!, SCORE_DECIMALS);
    out.bytes(end!);
  };
  return [
    {
      head: `${openObject(fileHeader(head))}"nuclei":[\n`,
      separator: ',\n',
      tail: '\n]}\n',
      row,
    },
  ];
});
