/**
 * What the job routes need of a tier that runs jobs.
 *
 * @module
 */
import type { FilePart } from '../../formats/format.ts';
import type { JobSummary } from '../../formats/job-summary.ts';
import type { Caller } from '../http/caller.ts';
import type {
  Estimate,
  Job,
  JobChanges,
  JobEvent,
  JobOptions,
  JobRequest,
  JobStatus,
} from './job-schemas.ts';

/** A slide that comes as the body of the request. */
export interface UploadedSlide {
  readonly body: ReadableStream<Uint8Array>;
  readonly contentType: string;
}

/** Who asks for a job, and with what. */
export interface JobContext {
  readonly caller: Caller;
  readonly idempotencyKey: string | undefined;
  /** Credentials for the PACS of the job, for a source that has them forwarded. Never stored. */
  readonly authorization?: string | undefined;
}

/** Errors are `UniCellError`; a job of another caller is `NOT_FOUND`. */
export interface JobService {
  create(
    request: JobRequest | { readonly upload: UploadedSlide; readonly options: JobOptions },
    context: JobContext,
  ): Promise<Job>;
  estimate(
    request: JobRequest,
    context: Pick<JobContext, 'caller' | 'authorization'>,
  ): Promise<Estimate>;
  list(
    caller: Caller,
    query: {
      readonly status?: JobStatus | undefined;
      readonly cursor?: string | undefined;
      readonly limit: number;
    },
  ): Promise<{ readonly jobs: readonly Job[]; readonly cursor: string | undefined }>;
  get(id: string, caller: Caller): Promise<Job>;
  /** Resolves with the job when it has ended or the time is over. */
  wait(id: string, caller: Caller, timeoutMs: number, signal: AbortSignal): Promise<Job>;
  /** Events after an id, then those to come, until the job has ended and all was told. */
  events(id: string, caller: Caller, afterId: number, signal: AbortSignal): AsyncIterable<JobEvent>;
  /** Nuclei found so far under one dataset, as parts of a file. */
  detections(
    id: string,
    caller: Caller,
    query: {
      readonly dataset?: string | undefined;
      /** x0, y0, x1, y1 in pixels of level 0. */
      readonly bbox?: readonly [number, number, number, number] | undefined;
      readonly classes?: readonly string[] | undefined;
      readonly minScore?: number | undefined;
      readonly format: string;
      readonly radiusUm?: number | undefined;
    },
  ): Promise<{
    readonly parts: AsyncIterable<FilePart>;
    readonly mediaType: string;
    readonly isPartial: boolean;
  }>;
  /** What it found, in numbers; of a job that has completed. */
  summary(id: string, caller: Caller): Promise<JobSummary>;
  /** @param range Bytes of the file, `end` excluded; all when left out. */
  export(
    id: string,
    caller: Caller,
    name: string,
    range: { readonly start: number; readonly end: number } | undefined,
  ): Promise<{
    readonly body: ReadableStream<Uint8Array>;
    /** Of the whole file. */
    readonly bytes: number;
    readonly mediaType: string;
    readonly sha256: string;
  }>;
  cancel(id: string, caller: Caller): Promise<Job>;
  /** @param changes Options that it begins anew with; none goes on where it stopped. */
  resume(
    id: string,
    context: Pick<JobContext, 'caller' | 'authorization'>,
    changes?: JobChanges,
  ): Promise<Job>;
  /** Erases pixels, results and the record. */
  remove(id: string, caller: Caller): Promise<void>;
  /** Chunks under this box first. */
  focus(id: string, caller: Caller, bbox: readonly [number, number, number, number]): Promise<Job>;
}
