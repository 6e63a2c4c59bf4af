/**
 * Detections as Workers AI returns them for `@cf/facebook/detr-resnet-50`, and the object-detection pipelines
 * of transformers: an array of label, score and box, so that what reads those reads these. The box is around
 * the centre, as far as the image goes, and was not measured.
 *
 * @module
 */
import { byClass, rowOf, score, within } from './row.ts';
import { writersOf } from './sections.ts';
import { radiusPx } from './writing.ts';

export const { write, stream } = writersOf((head) => {
  const radius = radiusPx(head);
  const label = byClass(head, (name) => JSON.stringify(name), '"unknown"');
  const row = rowOf(
    ...['{"score":', score, ',"label":', label],
    ...[',"box":{"xmin":', within(head, 'x', -radius), ',"ymin":', within(head, 'y', -radius)],
    ...[',"xmax":', within(head, 'x', radius), ',"ymax":', within(head, 'y', radius), '}}'],
  );
  return [{ head: '[\n', separator: ',\n', tail: '\n]\n', row }];
});
