/**
 * What is known of the job: its status, its slide, its files.
 *
 * @module
 */

import type { Job } from '../../../api/jobs/job-schemas.ts';
import type { JobHandle } from '../../../client/client.ts';
import { bytesText, countText, roundedText } from '../../../viewer/amounts.ts';
import { byId, make } from '../../pages/elements.ts';
import { saveFile } from '../../pages/save-file.ts';

const ENDED = ['completed', 'completed_with_errors', 'failed', 'canceled'];
const STATUS: Readonly<Record<Job['status'], string>> = {
  queued: 'waiting',
  planning: 'looking at the slide',
  running: 'finding nuclei',
  finalizing: 'writing results',
  completed: 'complete',
  completed_with_errors: 'complete, with gaps',
  failed: 'failed',
  canceled: 'stopped',
};

export function hasEnded({ status }: Job): boolean {
  return ENDED.includes(status);
}

/** Writes a job into the page. */
export function showJob(job: Job, handle: JobHandle, onProblem: (error: unknown) => void): void {
  document.title = `${job.name} · UniCell`;
  byId('slide').textContent = job.name;
  const status = byId('status');
  status.hidden = false;
  status.textContent = STATUS[job.status];
  status.classList.toggle('good', job.status === 'completed');
  status.classList.toggle('alarm', job.errors.length > 0 || job.status === 'failed');
  const progress = byId<HTMLProgressElement>('progress');
  progress.hidden = hasEnded(job);
  const { windowsDone, windowsTotal } = job.progress;
  if (windowsTotal) progress.value = windowsDone / windowsTotal;
  else progress.removeAttribute('value');
  byId('cancel').hidden = hasEnded(job);
  byId('open').hidden = false;
  if (job.errors.length > 0) byId('problem').textContent = problemOf(job);
  showFacts(job);
  showFiles(job.exports, handle, onProblem);
}

/** Of many gaps, the first. */
function problemOf({ status, errors }: Job): string {
  const [{ detail, code }] = errors as [Job['errors'][number]];
  const more = errors.length > 1 ? ` And ${errors.length - 1} more of this kind.` : '';
  const lead = status === 'failed' ? 'The job failed: ' : 'Parts of the slide have no result: ';
  return `${lead}${detail} (${code})${more}`;
}

function showFacts({ image, model, warnings, progress, results }: Job): void {
  const lines = [
    image && `${countText(image.width)} × ${countText(image.height)} pixels`,
    image &&
      `${roundedText(image.mpp)} µm per pixel (${image.mppSource === 'request' ? 'as asked for' : `from the ${image.mppSource}`})`,
    model && `Model ${model.id} ${model.version} on ${model.provider}`,
    ...foundLines(results, progress.nuclei),
    ...warnings.map(({ detail }) => detail),
    'Research use only; not for diagnosis.',
  ].filter((line) => typeof line === 'string');
  byId('facts').replaceChildren(...lines.map((line) => make('p', {}, line)));
}

/** The readings of each dataset for themselves: they are of the same cells. */
function foundLines(results: Job['results'], soFar: number): string[] {
  if (results.length === 0) return soFar > 0 ? [`${countText(soFar)} nuclei so far`] : [];
  return results.map(({ dataset, total }) => `${countText(total)} nuclei under ${dataset}`);
}

function showFiles(
  exports: Job['exports'],
  handle: JobHandle,
  onProblem: (error: unknown) => void,
): void {
  byId('downloads').hidden = exports.length === 0;
  byId('files').replaceChildren(
    ...exports.map(({ name, dataset, bytes }) => {
      // All begin with the name of the slide, which may be long.
      const short = name.slice(name.lastIndexOf(`${dataset}.`));
      const size = make('span', {}, bytesText(bytes));
      const attributes = { type: 'button', title: name };
      const button = make('button', attributes, make('span', {}, short), ' ', size);
      button.addEventListener('click', () => {
        download(handle, name).catch(onProblem);
      });
      return button;
    }),
  );
}

/** Fetched with the key, which a plain link cannot send. */
async function download(handle: JobHandle, name: string): Promise<void> {
  saveFile(await (await handle.file(name)).blob(), name);
}
