/**
 * The service's jobs over HTTP, for the command.
 *
 * @module
 */
import { type Job, jobListSchema, jobSchema } from '../../../shared/api/job-schemas.ts';
import { problemSchema } from '../../../shared/api/problem.ts';
import { type StoreReport, storeReportSchema } from '../../../shared/api/store-schemas.ts';
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
  readonly content: Blob | string;
}

export class JobsClient {
  readonly #options: ClientOptions;

  constructor(options: ClientOptions) {
    this.#options = options;
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

  /** @param authorization For the PACS of the job's slide, where they were lent before. */
  async resume(id: string, authorization: string | undefined): Promise<Job> {
    const headers = forPacs(authorization);
    return jobSchema.parse(await this.#json('POST', `${pathOf(id)}/resume`, undefined, headers));
  }

  /**
   * Stores the job's result in a PACS.
   *
   * @param authorization For the PACS; its credentials are those of the service when left out.
   */
  async store(id: string, root: string, authorization: string | undefined): Promise<StoreReport> {
    const request = { root, ...(authorization ? { authorization: 'forward' } : {}) };
    const body = { contentType: 'application/json', content: JSON.stringify(request) };
    const headers = forPacs(authorization);
    return storeReportSchema.parse(await this.#json('POST', `${pathOf(id)}/store`, body, headers));
  }

  /**
   * @param query Options of a job whose slide is the body.
   * @param authorization For the PACS of its slide, of a job that has it forwarded.
   */
  async create(
    body: ClientBody,
    query = new URLSearchParams(),
    authorization?: string,
  ): Promise<Job> {
    const path = query.size > 0 ? `/v1/jobs?${query}` : '/v1/jobs';
    return jobSchema.parse(await this.#json('POST', path, body, forPacs(authorization)));
  }

  /** A result file. */
  async download(id: string, name: string): Promise<ReadableStream<Uint8Array>> {
    const path = `${pathOf(id)}/exports/${encodeURIComponent(name)}`;
    return (await this.#send('GET', path)).body!;
  }

  async #json(
    method: string,
    path: string,
    body?: ClientBody,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<unknown> {
    return (await this.#send(method, path, body, headers)).json();
  }

  /** @throws {UniCellError} The service's problem, or `SOURCE_UNREACHABLE`. */
  async #send(
    method: string,
    path: string,
    body?: ClientBody,
    more: Readonly<Record<string, string>> = {},
  ): Promise<Response> {
    const { url, key, signal } = this.#options;
    const response = await fetch(`${url.replace(/\/$/, '')}${path}`, {
      method,
      headers: {
        ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
        ...(body ? { 'content-type': body.contentType } : {}),
        ...more,
      },
      body: body?.content ?? null,
      signal,
    }).catch((cause) => {
      if (signal.aborted) throw new UniCellError('CANCELED', 'Stopped.', { cause });
      throw unreachable(url, cause);
    });
    if (response.ok) return response;
    const problem = problemSchema.safeParse(await response.json().catch(() => undefined));
    if (!problem.success)
      throw unreachable(url, `it answered ${response.status} without a problem`);
    throw new UniCellError(problem.data.code, problem.data.detail);
  }
}

function forPacs(authorization: string | undefined): Record<string, string> {
  return authorization ? { 'x-dicomweb-authorization': authorization } : {};
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
