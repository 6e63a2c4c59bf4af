/**
 * What `detect` and `demo` print: counts and densities per class, as a table or as JSON.
 *
 * @module
 */
import type { JobError } from '../../shared/api/jobs/job-schemas.ts';
import type { DatasetResult, Detection } from '../../shared/detect/detection.ts';
import type { Count, Summary } from '../../shared/detect/summary.ts';
import { densityText } from '../terminal/density-text.ts';
import { formatTable } from '../terminal/table.ts';

/** A detection that is over, of a picture or of a slide. */
export interface FinishedDetection
  extends Pick<
    Detection,
    'image' | 'mpp' | 'model' | 'protocol' | 'windows' | 'areaMm2' | 'imageAreaMm2'
  > {
  readonly results: readonly (Pick<DatasetResult, 'dataset' | 'reason' | 'threshold'> & {
    readonly summary: Summary<number | null>;
  })[];
  /** What to know of the picture and of the result; it has been said on stderr. */
  readonly warnings: readonly { readonly code: string; readonly detail: string }[];
  /** Parts without result. */
  readonly errors: readonly JobError[];
  /** Paths of the files that were written. */
  readonly files: readonly string[];
}

/** The table for people. `picture` is how the picture is called. */
export function detectionTable(picture: string, finished: FinishedDetection): string {
  const { image, mpp, model, protocol, areaMm2, imageAreaMm2, results, files } = finished;
  const whole = areaMm2 === imageAreaMm2 ? '' : ` of ${imageAreaMm2.toPrecision(3)}`;
  const lines = [
    `${picture}: ${image.width} x ${image.height} px, ${roundedMpp(mpp.value)} um per pixel (${mpp.source}), ${areaMm2.toPrecision(3)}${whole} mm2`,
    `Model ${model.id} ${model.version} on ${model.provider}, ${protocol} protocol. Research use only.`,
  ];
  for (const { dataset, reason, threshold, summary } of results) {
    const rows = summary.classes.map(({ name, ...counted }) => [name, ...cells(counted)]);
    lines.push(
      '',
      `${dataset.name}: ${reason} Threshold ${threshold}.${summary.hasAllClasses ? '' : ' Only the classes asked for are counted.'}`,
      formatTable(
        ['class', 'nuclei', 'per mm2'],
        [...rows, [summary.hasAllClasses ? 'all' : 'together', ...cells(summary.total)]],
      ),
    );
  }
  if (files.length > 0) lines.push('', 'Written:', ...files.map((file) => `  ${file}`));
  return lines.join('\n');
}

/** The same as JSON. `picture` is its path. */
export function detectionJson(picture: string, finished: FinishedDetection): string {
  return JSON.stringify(reportOf(picture, finished), null, 2);
}

/** What JSON says of one picture. */
export function reportOf(picture: string, { results, ...finished }: FinishedDetection) {
  const { image, mpp, areaMm2, imageAreaMm2, model, protocol, windows } = finished;
  const { warnings, errors, files } = finished;
  return {
    ...{ picture, image, mpp, areaMm2, imageAreaMm2, model, protocol, windows },
    results: results.map(
      ({ dataset, reason, threshold, summary: { hasAllClasses, total, classes } }) => ({
        dataset: dataset.id,
        reason,
        threshold,
        hasAllClasses,
        total,
        classes,
      }),
    ),
    ...{ warnings, errors, files },
  };
}

function cells({ count, perMm2 }: Count<number | null>): string[] {
  return [String(count), densityText(perMm2)];
}

function roundedMpp(mpp: number): string {
  return String(Number(mpp.toPrecision(4)));
}
