import { formatTable } from '../../terminal/table.ts';
import { reportOf } from '../detection-report.ts';
import type { BatchSlide } from './batch-slide.ts';

/** The table for people: a row per slide and dataset. */
export function batchText(slides: readonly BatchSlide[], files: readonly string[]): string {
  const rows = slides.flatMap(({ stem, finished }) =>
    (finished?.results ?? []).map(({ dataset, summary: { total } }) => [
      stem,
      dataset.id,
      String(total.count),
      total.perMm2.toFixed(total.perMm2 < 10 ? 1 : 0),
      String(Number(finished!.mpp.value.toPrecision(4))),
      String(finished!.warnings.length),
    ]),
  );
  const failed = slides.filter(({ error }) => error !== undefined);
  return [
    ...(rows.length > 0
      ? [formatTable(['slide', 'dataset', 'nuclei', 'per mm2', 'um/px', 'warnings'], rows), '']
      : []),
    `${slides.length - failed.length} of ${slides.length} slides done${failed.length > 0 ? `, ${failed.length} failed: ${failed.map(({ stem }) => stem).join(', ')}` : ''}. Research use only.`,
    ...['Written:', ...files.map((file) => `  ${file}`)],
  ].join('\n');
}

/** The same as JSON: `slides` has for each what `detect` says of one. */
export function batchJson(slides: readonly BatchSlide[], files: readonly string[]): string {
  const all = slides.map(({ location, finished, error, wasDone }) =>
    finished ? { ...reportOf(location, finished), wasDone } : { picture: location, error },
  );
  return JSON.stringify({ slides: all, files }, null, 2);
}
