/**
 * COCO detections: a box per nucleus around its centre, of a size that nobody measured.
 *
 * @module
 */
import { at, byClass, counter, rowOf, score } from './row.ts';
import { writersOf } from './sections.ts';
import { COORDINATE_DECIMALS, fileHeader, openObject, radiusPx } from './writing.ts';

export const { write, stream } = writersOf((head) => {
  const { dataset, image, model } = head;
  const radius = radiusPx(head);
  const side = rounded(2 * radius);
  const unknown = dataset.classes.length + 1;
  const category = byClass(head, (_name, _colour, k) => `${k + 1}`, `${unknown}`);
  const row = rowOf(
    ...['{"id":', counter(), ',"image_id":1,"category_id":', category],
    ...[',"bbox":[', at('x', -radius), ',', at('y', -radius), `,${side},${side}]`],
    ...[`,"area":${rounded(side * side)},"segmentation":[],"iscrowd":0,"score":`, score, '}'],
  );
  const names = [...dataset.classes.map(({ name }) => name), 'unknown'];
  const opened = openObject({
    info: {
      description: `Nuclei found by UniCell ${model.id} ${model.version}. Research use only.`,
      ...fileHeader(head),
    },
    licenses: [],
    images: [{ id: 1, file_name: image.id, width: image.width, height: image.height }],
    categories: names.map((name, k) => ({ id: k + 1, name, supercategory: 'nucleus' })),
  });
  return [{ head: `${opened}"annotations":[\n`, separator: ',\n', tail: '\n]}\n', row }];
});

function rounded(value: number): number {
  return Number(value.toFixed(COORDINATE_DECIMALS));
}
