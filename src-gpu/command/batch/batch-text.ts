import { densityText } from '../../terminal/density-text.ts';
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
      densityText(total.perMm2),
      String(Number(finished!.mpp.value.toPrecision(4))),
      String(finished!.warnings.length),
    ]),
  );
  const failed = slides.filter(({ error }) => error !== undefined);
  const isOfSome = slides.some(({ finished }) =>
    finished?.results.some(({ summary }) => !summary.hasAllClasses),
  );
  const partly = slides.filter(({ finished }) => finished && finished.errors.length > 0);
  const but = [['failed', failed] as const, ['with parts missing', partly] as const].flatMap(
    ([what, those]) =>
      those.length > 0
        ? [`, ${those.length} ${what}: ${those.map(({ stem }) => stem).join(', ')}`]
        : [],
  );
  return [
    ...(rows.length > 0
      ? [formatTable(['slide', 'dataset', 'nuclei', 'per mm2', 'um/px', 'warnings'], rows), '']
      : []),
    `${slides.length - failed.length} of ${slides.length} slides done${but.join('')}. Research use only.`,
    ...(isOfSome ? ['Only the classes asked for are counted.'] : []),
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
