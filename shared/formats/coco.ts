/**
 * COCO detections: a box per nucleus around its centre, of a size that nobody measured.
 *
 * @module
 */
import type { ExportHead } from './format.ts';
import { byClass, clipped, counter, type Field, rowOf, score } from './row.ts';
import { writersOf } from './sections.ts';
import { COORDINATE_DECIMALS, fileHeader, openObject, radiusPx } from './writing.ts';

export const { write, stream } = writersOf((head) => {
  const { dataset, image, model } = head;
  const radius = radiusPx(head);
  const unknown = dataset.classes.length + 1;
  const category = byClass(head, (_name, _colour, k) => `${k + 1}`, `${unknown}`);
  const row = rowOf(
    ...['{"id":', counter(), ',"image_id":1,"category_id":', category],
    ...[box(head, radius), ',"iscrowd":0,"score":', score, '}'],
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

/** The box as far as the image goes; its corners are the outline, since tools make masks of every annotation. */
function box({ image }: ExportHead, radius: number): Field {
  const sides = { left: clipped(image, 'x', -radius), right: clipped(image, 'x', radius) };
  const ends = { top: clipped(image, 'y', -radius), bottom: clipped(image, 'y', radius) };
  return (out, nuclei, row) => {
    const [x, y] = [nuclei.x[row]!, nuclei.y[row]!];
    const [left, width] = span(sides.left(x), sides.right(x), image.width);
    const [top, height] = span(ends.top(y), ends.bottom(y), image.height);
    const [right, bottom] = [rounded(left + width), rounded(top + height)];
    out.text(
      `,"bbox":[${left},${top},${width},${height}],"area":${rounded(width * height)}` +
        `,"segmentation":[[${left},${top},${right},${top},${right},${bottom},${left},${bottom}]]`,
    );
  };
}

/** Start and length, rounded so that both together stay within the image. */
function span(from: number, to: number, most: number): [start: number, length: number] {
  const start = rounded(from);
  return [start, Math.min(rounded(to - from), rounded(most - start))];
}

function rounded(value: number): number {
  return Number(value.toFixed(COORDINATE_DECIMALS));
}
