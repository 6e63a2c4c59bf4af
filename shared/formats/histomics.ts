/**
 * Annotation of HistomicsUI and other users of large_image: a point per nucleus. Its schema allows no members
 * but its own, so the score stands in `user`, which is free.
 *
 * @module
 */
import { UNKNOWN_COLOUR } from './colour.ts';
import { at, byClass, rowOf, score } from './row.ts';
import { writersOf } from './sections.ts';
import { fileHeader, openObject } from './writing.ts';

export const { write, stream } = writersOf((head) => {
  const { model, dataset } = head;
  const named = byClass(
    head,
    (name, colour) => {
      const text = JSON.stringify(name);
      return `,0],"group":${text},"label":{"value":${text}},"lineColor":"${colour}","lineWidth":1,"user":{"score":`;
    },
    `,0],"lineColor":"${UNKNOWN_COLOUR}","lineWidth":1,"user":{"score":`,
  );
  const row = rowOf('{"type":"point","center":[', at('x'), ',', at('y'), named, score, '}}');
  const opened = openObject({
    name: `UniCell ${dataset.id}`,
    description: `Nuclei found by UniCell ${model.id} ${model.version}. Research use only.`,
    attributes: fileHeader(head),
  });
  return [{ head: `${opened}"elements":[\n`, separator: ',\n', tail: '\n]}\n', row }];
});
