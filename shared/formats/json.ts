/**
 * JSON with one object per nucleus: `{"image": ..., "model": ..., "dataset": ..., "count": ..., "nuclei":
 * [{"x", "y", "class", "score"}, ...]}`, the class by name, `null` where it is unknown.
 *
 * @module
 */
import { at, byClass, rowOf, score } from './row.ts';
import { writersOf } from './sections.ts';
import { fileHeader, openObject } from './writing.ts';

export const { write, stream } = writersOf((head) => {
  const name = byClass(head, (name) => JSON.stringify(name), 'null');
  const row = rowOf('{"x":', at('x'), ',"y":', at('y'), ',"class":', name, ',"score":', score, '}');
  const opened = openObject(fileHeader(head));
  return [{ head: `${opened}"nuclei":[\n`, separator: ',\n', tail: '\n]}\n', row }];
});
