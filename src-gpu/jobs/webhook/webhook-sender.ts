/**
 * Tells webhooks, by the rules of Standard Webhooks (standardwebhooks.com): signed, with an id that stays
 * the same when the same news is sent again, and tried for about three days.
 *
 * @module
 */
import { Webhook } from 'standardwebhooks';
import { hasEnded } from '../../../shared/api/jobs/job-answers.ts';
import type { JobRecord, Lease } from '../job-store.ts';
import type { Outbound } from '../source/outbound.ts';
import { WEBHOOK_EVENTS } from './webhook-events.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
/** Pauses after each failed try. */
const RETRY_MS = [
  ...[5 * SECOND, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR],
  ...[10 * HOUR, 14 * HOUR, 20 * HOUR, 24 * HOUR],
];

export interface WebhookSenderOptions {
  /** `whsec_` and base64. */
  readonly secret: string;
  readonly outbound: Outbound;
  /** Least time between two messages about the progress of a job; 30 s when left out. */
  readonly progressMs?: number;
  readonly timeoutMs?: number;
  /** Hears of what could not be delivered. */
  readonly onFailure: (jobId: string, error: unknown) => void;
}

export class WebhookSender {
  readonly #webhook: Webhook;
  readonly #options: WebhookSenderOptions;

  constructor(options: WebhookSenderOptions) {
    this.#webhook = new Webhook(options.secret);
    this.#options = options;
  }

  /**
   * Tells one piece of news.
   *
   * @returns Milliseconds until the next try, or `undefined` when there is none: it was delivered, it has
   *   become old, or it was tried often enough.
   */
  async send(lease: Lease, record: JobRecord, signal: AbortSignal): Promise<number | undefined> {
    const { progressMs = 30 * SECOND } = this.#options;
    const event = WEBHOOK_EVENTS[lease.chunk]!;
    const isProgress = event === 'job.progress';
    const isOld = lease.attempt !== record.job.attempt || (isProgress && hasEnded(record.job));
    if (isOld || record.options.webhook === undefined) return undefined;
    // What is said of progress is what is known at the end of the pause.
    if (isProgress && lease.failures === 0) return progressMs;
    try {
      await this.#post(record, event, lease, signal);
      return undefined;
    } catch (error) {
      if (signal.aborted) throw error;
      this.#options.onFailure(record.job.id, error);
      // The next progress will be told anyway.
      return isProgress ? undefined : RETRY_MS[lease.failures];
    }
  }

  async #post(record: JobRecord, type: string, lease: Lease, signal: AbortSignal): Promise<void> {
    const { job, options } = record;
    const { outbound, timeoutMs = 15 * SECOND } = this.#options;
    const isProgress = type === 'job.progress';
    // Progress is news each time; anything else is the same news however often it is sent.
    const id = `${job.id}.${job.attempt}.${isProgress ? lease.token : type}`;
    const now = new Date();
    const body = JSON.stringify({ type, timestamp: now.toISOString(), data: job });
    const response = await outbound.request(options.webhook!.url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'webhook-id': id,
        'webhook-timestamp': String(Math.floor(now.getTime() / 1000)),
        'webhook-signature': this.#webhook.sign(id, now, body),
      },
      body,
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
    });
    await response.body?.cancel();
    if (!response.ok) throw new Error(`The webhook answered ${response.status}.`);
  }
}
