/**
 * The service's jobs over HTTP, for the command.
 *
 * @module
 */

import { problemSchema } from '../../../shared/api/http/problem.ts';
import {
  type Job,
  type JobChanges,
  jobListSchema,
  jobSchema,
} from '../../../shared/api/jobs/job-schemas.ts';
import { type StoreReport, storeReportSchema } from '../../../shared/api/jobs/store-schemas.ts';
import { pacsHeaders } from '../../../shared/client/job-handle.ts';
import { type Body, Transport } from '../../../shared/client/transport.ts';
import { UniCellProblem } from '../../../shared/client/unicell-problem.ts';
import { UniCellError } from '../../../shared/errors.ts';

export interface ClientOptions {
  /** Of the service or of the edge before it. */
  readonly url: string;
  /** Bearer key; none for a service in local mode. */
  readonly key: string | undefined;
  readonly signal: AbortSignal;
}

/** A body that is sent with the length that it has. */
export interface ClientBody {
  readonly contentType: string;
  readonly content: Body;
}

export class JobsClient {
  readonly #options: ClientOptions;
  readonly #transport: Transport;

  constructor(options: ClientOptions) {
    this.#options = options;
    this.#transport = new Transport(options);
  }

  /** The job, at its end or after `waitS` seconds. */
  async get(id: string, waitS = 0): Promise<Job> {
    const query = waitS > 0 ? `?wait=${waitS}` : '';
    return jobSchema.parse(await this.#json('GET', `${pathOf(id)}${query}`));
  }

  /** The newest jobs first, as many as asked for. */
  async list(status: string | undefined, limit: number): Promise<Job[]> {
    const jobs: Job[] = [];
    for (let cursor: string | null = ''; cursor !== null && jobs.length < limit; ) {
      const query = new URLSearchParams({ limit: String(Math.min(100, limit - jobs.length)) });
      if (status) query.set('status', status);
      if (cursor) query.set('cursor', cursor);
      const page = jobListSchema.parse(await this.#json('GET', `/v1/jobs?${query}`));
      jobs.push(...page.jobs);
      cursor = page.cursor;
    }
    return jobs;
  }

  async cancel(id: string): Promise<Job> {
    return jobSchema.parse(await this.#json('POST', `${pathOf(id)}/cancel`));
  }

  /**
   * @param authorization For the PACS of the job's slide, where they were lent before.
   * @param changes Options that it begins anew with.
   */
  async resume(
    id: string,
    authorization: string | undefined,
    changes: JobChanges = {},
  ): Promise<Job> {
    const headers = pacsHeaders({ pacsAuthorization: authorization });
    const isChanged = Object.keys(changes).length > 0;
    const body = isChanged
      ? { contentType: 'application/json', content: JSON.stringify(changes) }
      : undefined;
    return jobSchema.parse(await this.#json('POST', `${pathOf(id)}/resume`, body, headers));
  }

  /**
   * Stores the job's result in a PACS.
   *
   * @param authorization For the PACS; its credentials are those of the service when left out.
   */
  async store(id: string, root: string, authorization: string | undefined): Promise<StoreReport> {
    const request = { root, ...(authorization ? { authorization: 'forward' } : {}) };
    const body = { contentType: 'application/json', content: JSON.stringify(request) };
    const headers = pacsHeaders({ pacsAuthorization: authorization });
    return storeReportSchema.parse(await this.#json('POST', `${pathOf(id)}/store`, body, headers));
  }

  /**
   * @param query Options of a job whose slide is the body.
   * @param more `authorization` for the PACS of its slide, of a job that has it forwarded; `idempotencyKey`, which gives
   *   the job of an earlier call with it.
   */
  async create(
    body: ClientBody,
    query = new URLSearchParams(),
    more: { readonly authorization?: string; readonly idempotencyKey?: string } = {},
  ): Promise<Job> {
    const path = query.size > 0 ? `/v1/jobs?${query}` : '/v1/jobs';
    const headers = {
      ...pacsHeaders({ pacsAuthorization: more.authorization }),
      ...(more.idempotencyKey ? { 'idempotency-key': JSON.stringify(more.idempotencyKey) } : {}),
    };
    return jobSchema.parse(await this.#json('POST', path, body, headers));
  }

  /** A result file. */
  async download(id: string, name: string): Promise<ReadableStream<Uint8Array>> {
    const path = `${pathOf(id)}/exports/${encodeURIComponent(name)}`;
    return (await this.#send('GET', path)).body!;
  }

  async #json(
    method: 'GET' | 'POST',
    path: string,
    body?: ClientBody,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<unknown> {
    return (await this.#send(method, path, body, headers)).json();
  }

  /** @throws {UniCellError} The service's problem, or `SOURCE_UNREACHABLE`. */
  async #send(
    method: 'GET' | 'POST',
    path: string,
    body?: ClientBody,
    more: Readonly<Record<string, string>> = {},
  ): Promise<Response> {
    const { url, signal } = this.#options;
    const headers = { ...(body ? { 'content-type': body.contentType } : {}), ...more };
    const request = { method, headers, signal, ...(body ? { body: body.content } : {}) };
    try {
      return await this.#transport.send(path, request);
    } catch (cause) {
      if (signal.aborted) throw new UniCellError('CANCELED', 'Stopped.', { cause });
      if (!(cause instanceof UniCellProblem)) throw unreachable(url, cause);
      const code = problemSchema.shape.code.safeParse(cause.code);
      if (!code.success) throw unreachable(url, cause);
      throw new UniCellError(code.data, cause.message);
    }
  }
}

function pathOf(id: string): string {
  return `/v1/jobs/${encodeURIComponent(id)}`;
}

function unreachable(url: string, cause: unknown): UniCellError {
  return new UniCellError(
    'SOURCE_UNREACHABLE',
    `There is no UniCell service at ${url}. Start one with \`unicell serve\`, or pass --url (or set UNICELL_URL).`,
    { cause },
  );
}
