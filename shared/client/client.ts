/**
 * A typed client of both tiers, for Node, Deno, Bun, Workers and browsers. It depends on nothing but `fetch`.
 *
 * @module
 * @example
 * const unicell = new UniCellClient({ url: 'https://unicell.example.org', key });
 * const { results } = await unicell.detect(await readFile('field.png'), { dataset: 'consep', mpp: 0.25 });
 *
 * const job = await unicell.createJob({ source: { type: 'url', url: slideUrl }, exports: ['qupath'] });
 * for await (const { type, data } of job.events()) console.log(type, data);
 */
import type * as z from 'zod';
import type { detectOptionsSchema } from '../api/detect/detect-options.ts';
import type { detectionSchema } from '../api/detect/detection-answer.ts';
import type { datasetsSchema } from '../api/info-routes.ts';
import type {
  Estimate,
  Job,
  JobStatus,
  jobOptionsSchema,
  jobRequestSchema,
} from '../api/jobs/job-schemas.ts';
import type { scoreReportSchema, scoreRequestSchema } from '../api/score/score-route.ts';
import { JobHandle, type PacsOptions, pacsHeaders } from './job-handle.ts';
import { imageRequest, type Picture } from './picture.ts';
import { queryOf } from './query.ts';
import { type Slide, slideRequest } from './slide-request.ts';
import { Transport, type TransportOptions, type TransportRequest } from './transport.ts';

export type { Estimate, Job, JobEvent, JobStatus } from '../api/jobs/job-schemas.ts';
export type { StoreReport } from '../api/jobs/store-schemas.ts';
export type {
  DetectionsQuery,
  JobHandle,
  PacsOptions,
  ResumeOptions,
  StoreRequest,
  WaitOptions,
} from './job-handle.ts';
export type { Picture, RgbPixels } from './picture.ts';
export type { TransportOptions } from './transport.ts';
export { UniCellProblem } from './unicell-problem.ts';

export type DetectOptions = z.input<typeof detectOptionsSchema>;
/** The JSON answer of a detection. */
export type DetectionAnswer = z.infer<typeof detectionSchema>;
export type JobRequest = z.input<typeof jobRequestSchema>;
export type JobOptions = z.input<typeof jobOptionsSchema>;
export type ScoreRequest = z.input<typeof scoreRequestSchema>;
export type DatasetList = z.infer<typeof datasetsSchema>;
export type ScoreReport = z.infer<typeof scoreReportSchema>;

export interface CallOptions {
  readonly signal?: AbortSignal;
}

export interface JobCallOptions extends CallOptions, PacsOptions {
  /** The same key and request make one job however often they come; a new one when left out. */
  readonly idempotencyKey?: string;
}

/** Errors are those of {@link Transport.send}. */
export class UniCellClient {
  readonly #transport: Transport;

  constructor(options: TransportOptions) {
    this.#transport = new Transport(options);
  }

  /** The nuclei of an image that is small enough for an answer at once. */
  async detect(
    image: Picture,
    options: Omit<DetectOptions, 'format'> = {},
    call: CallOptions = {},
  ): Promise<DetectionAnswer> {
    const response = await this.detectAs('json', image, options, call);
    return (await response.json()) as DetectionAnswer;
  }

  /** The same as a file of a format of docs/formats.md, or as `ndjson`. */
  async detectAs(
    format: string,
    image: Picture,
    options: Omit<DetectOptions, 'format'> = {},
    { signal }: CallOptions = {},
  ): Promise<Response> {
    return this.#transport.send('/v1/detect', {
      method: 'POST',
      query: queryOf({ ...options, format }),
      ...(await imageRequest(image)),
      signal,
      isRepeatable: true,
    });
  }

  /** Begins a job on a slide that lies where the service can read it. */
  async createJob(request: JobRequest, call: JobCallOptions = {}): Promise<JobHandle> {
    const headers = { 'content-type': 'application/json' };
    return this.#create({ headers, body: JSON.stringify(request) }, call);
  }

  /** Begins a job on a slide that is sent. A stream goes once; a blob again where the service was busy. */
  async createJobOf(
    slide: Slide,
    options: JobOptions = {},
    call: JobCallOptions = {},
  ): Promise<JobHandle> {
    const { webhook, ...others } = options;
    const hook = webhook?.events === undefined ? webhook?.url : webhook;
    return this.#create(slideRequest(slide, queryOf({ ...others, webhook: hook })), call);
  }

  /** A job that was made before. */
  job(id: string): JobHandle {
    return new JobHandle(this.#transport, id);
  }

  /** One page of the jobs of this key, newest first. */
  async jobs(
    query: { status?: JobStatus; cursor?: string; limit?: number } = {},
  ): Promise<{ jobs: Job[]; cursor: string | null }> {
    const response = await this.#transport.send('/v1/jobs', { query: queryOf(query) });
    return (await response.json()) as { jobs: Job[]; cursor: string | null };
  }

  /** The label sets of the model, with their classes. */
  async datasets(): Promise<DatasetList['datasets']> {
    const response = await this.#transport.send('/v1/datasets');
    return ((await response.json()) as DatasetList).datasets;
  }

  /** What a job would take, without making one. */
  estimate(request: JobRequest): Promise<Estimate> {
    return this.#post('/v1/estimate', request);
  }

  /** F-scores of predictions against truth. */
  score(request: ScoreRequest): Promise<ScoreReport> {
    return this.#post('/v1/score', request);
  }

  async #post<T>(path: string, body: object): Promise<T> {
    const response = await this.#transport.send(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
      isRepeatable: true,
    });
    return (await response.json()) as T;
  }

  async #create(
    request: Pick<TransportRequest, 'query' | 'headers' | 'body'>,
    { signal, idempotencyKey = crypto.randomUUID(), ...pacs }: JobCallOptions,
  ): Promise<JobHandle> {
    const response = await this.#transport.send('/v1/jobs', {
      method: 'POST',
      ...request,
      headers: {
        ...request.headers,
        ...pacsHeaders(pacs),
        'idempotency-key': JSON.stringify(idempotencyKey),
      },
      signal,
      isRepeatable: true,
    });
    const { id } = (await response.json()) as Job;
    return this.job(id);
  }
}
