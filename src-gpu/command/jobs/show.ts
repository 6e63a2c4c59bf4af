/**
 * Jobs as text for a terminal.
 *
 * @module
 */
import type { Job } from '../../../shared/api/jobs/job-schemas.ts';
import type { StoreReport } from '../../../shared/api/jobs/store-schemas.ts';
import { formatTable } from '../../terminal/table.ts';

/** `unicell jobs list` */
export function jobTable(jobs: readonly Job[]): string {
  if (jobs.length === 0) return 'There are no jobs.';
  const rows = jobs.map((job) => [
    job.id,
    job.status,
    windowsOf(job),
    nucleiOf(job),
    job.createdAt.slice(0, 19).replace('T', ' '),
    job.name,
  ]);
  return formatTable(['job', 'status', 'windows', 'nuclei', 'created (UTC)', 'name'], rows);
}

/** `unicell jobs show` */
export function jobText(job: Job): string {
  const { image, model, errors, warnings } = job;
  const lines = [
    `${job.name} (${job.id})`,
    `status: ${job.status}, attempt ${job.attempt}, windows ${windowsOf(job)}, nuclei ${nucleiOf(job)}`,
    image &&
      `slide: ${image.width} x ${image.height} px, ${image.mpp} um per pixel (${image.mppSource}), read by ${image.reader}`,
    model && `model: ${model.id} ${model.version} on ${model.provider}`,
    ...warnings.map(({ code, detail }) => `warning ${code}: ${detail}`),
    ...errors.map(({ code, detail }) => `error ${code}: ${detail}`),
  ];
  const counts = job.results.map(({ dataset, hasAllClasses, total, classes }) => {
    const rows = classes.map(({ name, count }) => [name, String(count)]);
    return formatTable(
      [dataset, 'nuclei'],
      [...rows, [hasAllClasses ? 'all' : 'together, only these asked for', String(total)]],
    );
  });
  const files = job.exports.map(({ name, dataset, bytes }) => [name, dataset, String(bytes)]);
  return [
    lines.filter((line) => line !== null).join('\n'),
    ...counts,
    ...(files.length > 0 ? [formatTable(['file', 'dataset', 'bytes'], files)] : []),
  ].join('\n\n');
}

/** `unicell jobs store` */
export function storeText({ root, study, complete, instances }: StoreReport): string {
  const rows = instances.map((one) => [
    one.dataset,
    one.format,
    one.outcome,
    one.instance,
    one.detail ?? '',
  ]);
  const table = formatTable(['dataset', 'format', 'outcome', 'SOP Instance UID', ''], rows);
  const end = complete
    ? `${root} has all of them, in the study ${study}.`
    : `${root} has NOT stored all of them. Look at the reasons above, and store again.`;
  return `${table}\n\n${end}`;
}

function windowsOf({ progress }: Job): string {
  return progress.windowsTotal === null ? '' : `${progress.windowsDone}/${progress.windowsTotal}`;
}

/** Of each dataset for itself: they read the same cells. */
function nucleiOf({ progress, results }: Job): string {
  if (results.length <= 1) return String(progress.nuclei);
  return results.map(({ dataset, total }) => `${total} ${dataset}`).join(', ');
}
