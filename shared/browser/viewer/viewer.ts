/**
 * The page `/viewer`: without `?job=ID` a slide is chosen, with it the job is shown.
 *
 * @module
 */

import type { Job } from '../../api/jobs/job-schemas.ts';
import type { PointsLayout } from '../../api/viewer/viewer-schemas.ts';
import { type JobHandle, UniCellProblem } from '../../client/client.ts';
import type { Region } from '../../image/source.ts';
import { byId } from '../pages/elements.ts';
import { Service } from '../pages/service.ts';
import { jobEvents } from './page/job-events.ts';
import { hasEnded, showJob } from './page/job-panel.ts';
import { JobView } from './page/job-view.ts';
import { RunAgain } from './page/run-again.ts';
import type { SlideSize } from './page/slide-pane.ts';
import { StartPanel } from './page/start-panel.ts';
import { watchEndedJob } from './page/watch-ended-job.ts';

/** Between two requests for what the user looks at to be done first. */
const FOCUS_MS = 1500;
/** Between two looks at the whole job while events come by the dozen. */
const LOOK_MS = 1000;

const service = new Service();
const jobId = new URLSearchParams(location.search).get('job');
if (jobId === null) {
  const open = ({ id }: JobHandle) => location.assign(`/viewer?job=${encodeURIComponent(id)}`);
  new StartPanel(service, open, showProblem).show().catch(showProblem);
} else {
  const handle = service.unicell.job(jobId);
  showJobPage(handle)
    .then((job) => watchEndedJob(handle, job, showProblem))
    .catch(showProblem);
}

function showProblem(error: unknown): void {
  if (error instanceof DOMException && error.name === 'AbortError') return;
  const code = error instanceof UniCellProblem ? ` (${error.code})` : '';
  byId('problem').textContent = `${error instanceof Error ? error.message : error}${code}`;
  // On the start page the key has its field.
  const isKeyMissing = error instanceof UniCellProblem && error.status === 401 && jobId !== null;
  if (isKeyMissing) byId('key-form').hidden = false;
}

/** @returns The job at its end. */
async function showJobPage(handle: JobHandle): Promise<Job> {
  byId('key-form').addEventListener('submit', (event) => {
    event.preventDefault();
    service.key = byId<HTMLInputElement>('job-key').value.trim();
    location.reload();
  });
  byId('cancel').addEventListener('click', () => {
    handle.cancel().catch(showProblem);
  });
  const again = new RunAgain(service, handle, showProblem);
  /** The job as it is now, written into the page. */
  const look = async () => {
    const seen = await handle.get();
    showJob(seen, handle, showProblem);
    again.offer(seen);
    return seen;
  };
  byId('open').hidden = false;
  let job = await look();
  const size = await slideSize(handle, job);
  if (size === undefined) {
    // Without its slide the page still tells what becomes of the job.
    return hasEnded(job) ? job : followStatus(handle, look);
  }
  const view = new JobView(service, job, size, showProblem);
  const showNuclei = async () => {
    if (job.planHash !== null)
      view.showNuclei(await service.json<PointsLayout>(`${pathOf(handle)}/points`));
  };
  await showNuclei();
  if (hasEnded(job)) return job;
  followView(handle, view);
  let lookedMs = performance.now();
  for await (const { type, data } of jobEvents(handle)) {
    if (type === 'chunk') {
      const { x, y, width, height } = (data as { region: Region }).region;
      view.refresh([x, y, x + width, y + height]);
    }
    const isDue = performance.now() - lookedMs > LOOK_MS;
    if (type !== 'status' && !isDue) continue;
    lookedMs = performance.now();
    job = await look();
    await showNuclei();
  }
  job = await look();
  await showNuclei();
  view.refresh();
  return job;
}

async function followStatus(handle: JobHandle, look: () => Promise<Job>): Promise<Job> {
  for await (const { type } of jobEvents(handle)) {
    if (type === 'status') await look();
  }
  return look();
}

/** @returns Nothing where neither the slide can be opened nor its size is known. */
async function slideSize(
  handle: JobHandle,
  { status, image }: Job,
): Promise<SlideSize | undefined> {
  try {
    return await service.json<SlideSize>(`${pathOf(handle)}/iiif/info.json`);
  } catch (error) {
    // Of a job that failed, the page has said why.
    if (status !== 'failed') showProblem(error);
    // Its nuclei may be seen without it.
    return image ?? undefined;
  }
}

function pathOf({ id }: JobHandle): string {
  return `/v1/jobs/${encodeURIComponent(id)}`;
}

/** Lets the job do first what is on the screen. */
function followView(handle: JobHandle, view: JobView): void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  view.onRest((bbox) => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      handle.focus(bbox).catch(() => {});
    }, FOCUS_MS);
  });
}
