/**
 * Jobs and their files as answers.
 *
 * @module
 */

import { UniCellError } from '../../errors.ts';
import { sha256Hex } from '../../sha256.ts';
import { type ByteRange, parseByteRange } from '../http/byte-range.ts';
import { matchesEtag } from '../http/etag.ts';
import { problemResponse } from '../http/problem.ts';
import type { Job } from './job-schemas.ts';
import type { JobService } from './job-service.ts';

const ENDED: readonly Job['status'][] = [
  'completed',
  'completed_with_errors',
  'failed',
  'canceled',
];

/** Whether a job has come to its end. */
export function hasEnded({ status }: Job): boolean {
  return ENDED.includes(status);
}

/**
 * A result file of a job by its name, `SLIDE.DATASET.EXTENSION`, or by its name without the slide's, which a script
 * knows before the slide has one.
 */
export function findExport({ exports }: Pick<Job, 'exports'>, name: string) {
  const isShort = (file: Job['exports'][number]) =>
    name.startsWith(`${file.dataset}.`) && file.name.endsWith(`.${name}`);
  return exports.find((file) => file.name === name) ?? exports.find(isShort);
}

/** A job that was just created. */
export function acceptedAnswer(job: Job, headers: Record<string, string> = {}): Response {
  return Response.json(job, {
    status: 202,
    headers: { location: `/v1/jobs/${job.id}`, ...retryAfter(job), ...headers },
  });
}

/** A job as it is now, or that it has not changed. */
export async function jobAnswer(job: Job, ifNoneMatch: string | null): Promise<Response> {
  const text = JSON.stringify(job);
  const etag = `"${(await sha256Hex(new TextEncoder().encode(text))).slice(0, 32)}"`;
  const headers = { etag, 'cache-control': 'private, no-cache', ...retryAfter(job) };
  if (matchesEtag(ifNoneMatch, etag)) return new Response(null, { status: 304, headers });
  return new Response(text, { headers: { ...headers, 'content-type': 'application/json' } });
}

/** When to look again: after a tenth of the time left, 1 to 30 s; 5 s where it is not known. */
function retryAfter(job: Job): Record<string, string> {
  if (hasEnded(job)) return {};
  const { etaSeconds } = job.progress;
  const seconds = etaSeconds === null ? 5 : Math.min(30, Math.max(1, Math.ceil(etaSeconds / 10)));
  return { 'retry-after': String(seconds) };
}

/** What a file is asked for with. */
export interface ExportRequest {
  readonly request: Request;
  readonly job: Job;
  readonly name: string;
  /** Opens the file or a part of it. */
  readonly open: (range: ByteRange | undefined) => ReturnType<JobService['export']>;
  readonly requestId: string;
}

/**
 * A finished file or a part of it.
 *
 * @throws {UniCellError} `NOT_FOUND` naming the files there are.
 */
export async function exportAnswer(asked: ExportRequest): Promise<Response> {
  const { request, job, name, open } = asked;
  const file = findExport(job, name);
  if (!file) throw noSuchFile(job, name);
  const etag = `"${file.sha256}"`;
  const headers = new Headers({
    etag,
    'accept-ranges': 'bytes',
    'cache-control': 'private, immutable, max-age=31536000',
    'content-disposition': attachment(file.name),
    'content-type': file.mediaType,
    'repr-digest': `sha-256=:${base64OfHex(file.sha256)}:`,
  });
  if (matchesEtag(request.headers.get('if-none-match'), etag)) {
    return new Response(null, { status: 304, headers });
  }
  const ifRange = request.headers.get('if-range');
  const isSame = ifRange === null || ifRange.trim() === etag;
  let range: ByteRange | undefined;
  try {
    range = isSame ? parseByteRange(request.headers.get('range'), file.bytes) : undefined;
  } catch (error) {
    const problem = problemResponse(error, new URL(request.url).pathname, asked.requestId);
    problem.headers.set('content-range', `bytes */${file.bytes}`);
    return problem;
  }
  const { start, end } = range ?? { start: 0, end: file.bytes };
  headers.set('content-length', String(end - start));
  if (range) headers.set('content-range', `bytes ${start}-${end - 1}/${file.bytes}`);
  const status = range ? 206 : 200;
  if (request.method === 'HEAD') return new Response(null, { status, headers });
  const { body } = await open(range);
  return new Response(body, { status, headers });
}

function noSuchFile(job: Job, name: string): UniCellError {
  const names = job.exports.map((file) => file.name).join(', ');
  const there = hasEnded(job) ? `there are ${names || 'none'}` : `the job is ${job.status} still`;
  return new UniCellError(
    'NOT_FOUND',
    `The job ${job.id} has no file ${JSON.stringify(name.slice(0, 200))}; ${there}.`,
  );
}

/** RFC 6266: a plain name for old clients, the real one for all others. */
function attachment(name: string): string {
  const plain = name.replaceAll(/[^\w. -]/g, '_');
  const encoded = encodeURIComponent(name).replaceAll(/['()*]/g, (c) => {
    return `%${c.charCodeAt(0).toString(16).toUpperCase()}`;
  });
  return `attachment; filename="${plain}"; filename*=UTF-8''${encoded}`;
}

function base64OfHex(hex: string): string {
  return btoa(hex.replaceAll(/../g, (byte) => String.fromCharCode(Number.parseInt(byte, 16))));
}
