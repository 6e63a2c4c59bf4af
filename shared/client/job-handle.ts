/**
 * A job as its client sees it.
 *
 * @module
 */
import type * as z from 'zod';
import type { detectionsQuery } from '../api/jobs/job-queries.ts';
import type { Job, JobChanges, JobEvent } from '../api/jobs/job-schemas.ts';
import type { StoreReport, storeRequestSchema } from '../api/jobs/store-schemas.ts';
import type { JobSummary } from '../formats/job-summary.ts';
import { EventLines } from './event-lines.ts';
import { queryOf } from './query.ts';
import type { Transport } from './transport.ts';

/** Of the detections of a job. */
export type DetectionsQuery = z.input<typeof detectionsQuery>;

export interface WaitOptions {
  readonly signal?: AbortSignal;
}

export type StoreRequest = z.input<typeof storeRequestSchema>;

export interface PacsOptions {
  /** Authorization for the PACS, where the request says `authorization: 'forward'`. Not kept by the service. */
  readonly pacsAuthorization?: string | undefined;
}

export interface ResumeOptions extends JobChanges, PacsOptions {}

/** Headers for {@link PacsOptions}. */
export function pacsHeaders({ pacsAuthorization }: PacsOptions): Record<string, string> {
  return pacsAuthorization ? { 'x-dicomweb-authorization': pacsAuthorization } : {};
}

/** Seconds of one long poll. */
const POLL_S = 30;
/** In a row without an event. */
const CONNECTIONS = 6;

/** One job on a service. Errors are those of {@link Transport.send}. */
export class JobHandle {
  readonly id: string;
  readonly #transport: Transport;

  constructor(transport: Transport, id: string) {
    this.#transport = transport;
    this.id = id;
  }

  async get(): Promise<Job> {
    return (await (await this.#send('')).json()) as Job;
  }

  /** Resolves with the job once it has ended, well or not: look at its `status`. */
  async wait({ signal }: WaitOptions = {}): Promise<Job> {
    for (;;) {
      const query = queryOf({ wait: POLL_S });
      const job = (await (await this.#send('', { query, signal })).json()) as Job;
      if (job.finishedAt !== null) return job;
    }
  }

  /**
   * What happens to the job, until it has ended. A connection that breaks is made again, and no event comes
   * twice.
   *
   * @param afterId Events up to this one are left out.
   * @throws {TypeError} When connections break off again and again before anything comes.
   */
  async *events(afterId = 0, { signal }: WaitOptions = {}): AsyncGenerator<JobEvent> {
    let last = afterId;
    for (let fruitless = 0; fruitless < CONNECTIONS; fruitless++) {
      const headers = { 'last-event-id': String(last) };
      const response = await this.#send('/events', { headers, signal });
      // The service's word for: it has ended, and there are no more.
      if (response.status === 204) return;
      try {
        for await (const event of eventsOf(response)) {
          last = event.id;
          fruitless = -1;
          yield event;
        }
      } catch (error) {
        if (signal?.aborted) throw error;
      }
    }
    throw new TypeError(
      `The events of the job ${this.id} broke off ${CONNECTIONS} times without a new one.`,
    );
  }

  /** Nuclei found so far, in a format of docs/formats.md; `X-Partial: true` while chunks are missing. */
  detections(query: DetectionsQuery = {}): Promise<Response> {
    return this.#send('/detections', { query: queryOf(query) });
  }

  /** Counts, densities and areas of a job that has ended. */
  async summary(): Promise<JobSummary> {
    return (await (await this.#send('/summary')).json()) as JobSummary;
  }

  /** Its slide at a glance, as the IIIF Image API gives it: a JPEG. */
  thumbnail(longPx: number): Promise<Response> {
    return this.#send(`/iiif/full/!${longPx},${longPx}/0/default.jpg`);
  }

  /** Nuclei by cell, class and score in a tile of the viewer (`shared/viewer/count-tile.ts` decodes it). */
  countTile(
    dataset: string,
    { z, x, y }: { readonly z: number; readonly x: number; readonly y: number },
  ): Promise<Response> {
    return this.#send(`/counts/${encodeURIComponent(dataset)}/${z}/${x}/${y}`);
  }

  /** A result file of {@link Job.exports}. */
  file(name: string): Promise<Response> {
    return this.#send(`/exports/${encodeURIComponent(name)}`);
  }

  /** Chunks under this box first: `x0, y0, x1, y1` in pixels of level 0. */
  async focus(bbox: readonly [number, number, number, number]): Promise<Job> {
    const headers = { 'content-type': 'application/json' };
    const body = JSON.stringify({ bbox });
    const init = { method: 'PATCH', headers, body, isRepeatable: true } as const;
    return (await (await this.#send('/focus', init)).json()) as Job;
  }

  async cancel(): Promise<Job> {
    return (await (await this.#send('/cancel', { method: 'POST' })).json()) as Job;
  }

  /**
   * Goes on where the job stopped.
   *
   * @param changes Options that it begins anew with on the slide that it has; null takes one away.
   */
  async resume({ pacsAuthorization, ...changes }: ResumeOptions = {}): Promise<Job> {
    const isChanged = Object.keys(changes).length > 0;
    const headers = {
      ...pacsHeaders({ pacsAuthorization }),
      ...(isChanged && { 'content-type': 'application/json' }),
    };
    const body = isChanged ? { body: JSON.stringify(changes) } : {};
    return (await (
      await this.#send('/resume', { method: 'POST', headers, ...body })
    ).json()) as Job;
  }

  /** Sends annotations and report of an ended job on a PACS' slide there. It may come twice: nothing is doubled. */
  async store(request: StoreRequest, options: PacsOptions = {}): Promise<StoreReport> {
    const headers = { 'content-type': 'application/json', ...pacsHeaders(options) };
    const body = JSON.stringify(request);
    const init = { method: 'POST', headers, body, isRepeatable: true } as const;
    return (await (await this.#send('/store', init)).json()) as StoreReport;
  }

  /** Erases pixels, results and the record. */
  async delete(): Promise<void> {
    await this.#send('', { method: 'DELETE' });
  }

  #send(path: string, request?: Parameters<Transport['send']>[1]): Promise<Response> {
    return this.#transport.send(`/v1/jobs/${encodeURIComponent(this.id)}${path}`, request);
  }
}

async function* eventsOf({ body }: Response): AsyncGenerator<JobEvent> {
  if (body === null) return;
  const lines = new EventLines();
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      for (const { id, type, data } of lines.take(part.value)) {
        yield { id: Number(id), type: type as JobEvent['type'], data: JSON.parse(data) };
      }
    }
  } finally {
    await reader.cancel().catch(() => {});
  }
}
