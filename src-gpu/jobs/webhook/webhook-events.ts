/**
 * Which news of a job its webhook is to be told.
 *
 * @module
 */
import type { Job } from '../../../shared/api/jobs/job-schemas.ts';
import type { JobRecord, WebhookTask } from '../job-store.ts';

/** The place in this list is the `chunk` of a webhook task, so the order never changes. */
export const WEBHOOK_EVENTS = [
  'job.completed',
  'job.failed',
  'job.canceled',
  'job.progress',
] as const;
export type WebhookEvent = (typeof WEBHOOK_EVENTS)[number];

/** Before chunks, whose priorities end at 9: news is small and short-lived. */
const PRIORITY = 10;

/**
 * The tasks that tell what a record says now; none when nobody wants to know. Progress is one task at a
 * time, however many chunks are done meanwhile.
 */
export function webhookTasks({ job, options }: JobRecord): (WebhookTask & { priority: number })[] {
  const event = eventOf(job);
  if (event === undefined || !options.webhook?.events.includes(event)) return [];
  return [
    {
      jobId: job.id,
      attempt: job.attempt,
      kind: 'webhook',
      chunk: WEBHOOK_EVENTS.indexOf(event),
      priority: PRIORITY,
    },
  ];
}

function eventOf({ status }: Job): WebhookEvent | undefined {
  switch (status) {
    case 'completed':
    case 'completed_with_errors':
      return 'job.completed';
    case 'failed':
      return 'job.failed';
    case 'canceled':
      return 'job.canceled';
    case 'running':
      return 'job.progress';
    default:
      return undefined;
  }
}
