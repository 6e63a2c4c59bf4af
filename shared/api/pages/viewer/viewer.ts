/**
 * The page `/viewer`: without `?job=ID` a slide is chosen, with it the job is shown.
 *
 * @module
 */
import type { Job } from '../../job-schemas.ts';
import type { PointsLayout } from '../../viewer-schemas.ts';
import { Client, ProblemError } from './page/client.ts';
import { byId } from './page/elements.ts';
import { jobEvents } from './page/job-events.ts';
import { hasEnded, showJob } from './page/job-panel.ts';
import { JobView } from './page/job-view.ts';
import type { SlideSize } from './page/slide-pane.ts';
import { StartPanel } from './page/start-panel.ts';

/** Between two requests for what the user looks at to be done first. */
const FOCUS_MS = 1500;
/** Between two looks at the whole job while events come by the dozen. */
const LOOK_MS = 1000;

const client = new Client();
const jobId = new URLSearchParams(location.search).get('job');
if (jobId === null) {
  const open = ({ id }: Job) => location.assign(`/viewer?job=${encodeURIComponent(id)}`);
  new StartPanel(client, open, showProblem).show();
} else {
  showJobPage(encodeURIComponent(jobId)).catch(showProblem);
}

function showProblem(error: unknown): void {
  if (error instanceof DOMException && error.name === 'AbortError') return;
  byId('problem').textContent = error instanceof Error ? error.message : String(error);
  // On the start page the key has its field.
  const isKeyMissing = error instanceof ProblemError && error.status === 401 && jobId !== null;
  if (isKeyMissing) byId('key-form').hidden = false;
}

async function showJobPage(id: string): Promise<void> {
  byId('key-form').addEventListener('submit', (event) => {
    event.preventDefault();
    client.key = byId<HTMLInputElement>('job-key').value.trim();
    location.reload();
  });
  byId('cancel').addEventListener('click', () => {
    client.json<Job>(`/v1/jobs/${id}/cancel`, { method: 'POST' }).catch(showProblem);
  });
  byId('open').hidden = false;
  let job = await look(id);
  const size = await slideSize(job);
  if (size === undefined) {
    // Without its slide the page still tells what becomes of the job.
    if (!hasEnded(job)) await followStatus(id);
    return;
  }
  const view = new JobView(client, job, size, showProblem);
  const showNuclei = async () => {
    if (job.planHash !== null)
      view.showNuclei(await client.json<PointsLayout>(`/v1/jobs/${id}/points`));
  };
  await showNuclei();
  if (hasEnded(job)) return;
  followView(id, view);
  let lookedMs = performance.now();
  for await (const { type, data } of jobEvents(client, id, new AbortController().signal)) {
    if (type === 'chunk') {
      const { x, y, width, height } = JSON.parse(data).region;
      view.refresh([x, y, x + width, y + height]);
    }
    const isDue = performance.now() - lookedMs > LOOK_MS;
    if (type !== 'status' && !isDue) continue;
    lookedMs = performance.now();
    job = await look(id);
    await showNuclei();
  }
  job = await look(id);
  await showNuclei();
  view.refresh();
}

async function followStatus(id: string): Promise<void> {
  for await (const { type } of jobEvents(client, id, new AbortController().signal)) {
    if (type === 'status') await look(id);
  }
}

/** @returns Nothing where neither the slide can be opened nor its size is known. */
async function slideSize({ id, status, image }: Job): Promise<SlideSize | undefined> {
  try {
    return await client.json<SlideSize>(`/v1/jobs/${id}/iiif/info.json`);
  } catch (error) {
    // Of a job that failed, the page has said why.
    if (status !== 'failed') showProblem(error);
    // Its nuclei may be seen without it.
    return image ?? undefined;
  }
}

async function look(id: string): Promise<Job> {
  const job = await client.json<Job>(`/v1/jobs/${id}`);
  showJob(job, client, showProblem);
  return job;
}

/** Lets the job do first what is on the screen. */
function followView(id: string, view: JobView): void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  view.onRest((bbox) => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      client.send('PATCH', `/v1/jobs/${id}/focus`, { bbox }).catch(() => {});
    }, FOCUS_MS);
  });
}
