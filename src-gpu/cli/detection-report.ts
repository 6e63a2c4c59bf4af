/**
 * What `detect` and `demo` print: counts and densities per class, as a table or as JSON.
 *
 * @module
 */
import { areaMm2, type Count, summarise } from '../../shared/detect/summary.ts';
import type { FinishedDetection } from './run-detection.ts';
import { formatTable } from './table.ts';

/** The table for people. `picture` is how the picture is called. */
export function detectionTable(picture: string, { detection, files }: FinishedDetection): string {
  const { image, mpp, model, protocol, results } = detection;
  const area = areaMm2(image, mpp.value);
  const lines = [
    `${picture}: ${image.width} x ${image.height} px, ${roundedMpp(mpp.value)} um per pixel (${mpp.source}), ${area.toPrecision(3)} mm2`,
    `Model ${model.id} ${model.version} on ${model.provider}, ${protocol} protocol. Research use only.`,
  ];
  for (const { dataset, reason, threshold, nuclei } of results) {
    const { classes, total } = summarise(nuclei, dataset, area);
    const rows = classes.map(({ label, ...counted }) => [label, ...cells(counted)]);
    lines.push(
      '',
      `${dataset.name}: ${reason} Threshold ${threshold}.`,
      formatTable(['class', 'nuclei', 'per mm2'], [...rows, ['all', ...cells(total)]]),
    );
  }
  if (files.length > 0) lines.push('', 'Written:', ...files.map((file) => `  ${file}`));
  return lines.join('\n');
}

/** The same as JSON. `picture` is its path. */
export function detectionJson(
  picture: string,
  { detection, warnings, files }: FinishedDetection,
): string {
  const { image, mpp, model, protocol, windows, results } = detection;
  const area = areaMm2(image, mpp.value);
  return JSON.stringify(
    {
      picture,
      image,
      mpp,
      areaMm2: area,
      model,
      protocol,
      windows,
      results: results.map(({ dataset, reason, threshold, nuclei }) => {
        const { total, classes } = summarise(nuclei, dataset, area);
        return { dataset: dataset.id, reason, threshold, total, classes };
      }),
      warnings,
      files,
    },
    null,
    2,
  );
}

function cells({ count, perMm2 }: Count): string[] {
  return [String(count), perMm2.toFixed(perMm2 < 10 ? 1 : 0)];
}

function roundedMpp(mpp: number): string {
  return String(Number(mpp.toPrecision(4)));
}
