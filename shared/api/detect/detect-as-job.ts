/**
 * `Prefer: respond-async` on `POST /v1/detect`: the same image and options as a job.
 *
 * @module
 */

import { UniCellError } from '../../errors.ts';
import type { ApiAdapters } from '../adapters.ts';
import type { Caller } from '../http/caller.ts';
import { idempotencyKeyOf } from '../http/idempotency-key.ts';
import { optionsFromTexts } from '../http/options.ts';
import { readWholeBody } from '../http/read-body.ts';
import { uploadBody } from '../http/upload-body.ts';
import { acceptedAnswer } from '../jobs/job-answers.ts';
import { checkJobOptions, type NewJob } from '../jobs/job-request.ts';
import { type JobOptions, jobOptionsSchema } from '../jobs/job-schemas.ts';
import type { JobService } from '../jobs/job-service.ts';
import { negotiateFormat } from './answer-format.ts';
import { checkDetectOptions, DETECT_KINDS, type DetectRequestOptions } from './detect-options.ts';
import { checkBodyType, takeApart } from './image-body.ts';

/**
 * Makes a job of a detection. It gives what the detection would: the whole image, glass too.
 *
 * @returns `undefined` for raw pixels: they are no file that a job could read, and a preference that
 *   cannot be met may be ignored (RFC 7240, section 2).
 */
export async function detectAsJob(
  request: Request,
  api: ApiAdapters,
  jobs: JobService,
  caller: Caller,
): Promise<Response | undefined> {
  const mediaType = checkBodyType(request.headers.get('content-type'));
  if (request.headers.get('x-image-size') && mediaType === 'application/octet-stream') {
    return undefined;
  }
  const query = optionsFromTexts(new URL(request.url).searchParams, DETECT_KINDS);
  const job = /^(application\/json|multipart\/form-data)$/.test(mediaType)
    ? await jobOfParts(request, api, query)
    : await jobOfBody(request, api, query, mediaType);
  return create(job, request, jobs, caller);
}

async function create(
  job: NewJob,
  request: Request,
  jobs: JobService,
  caller: Caller,
): Promise<Response> {
  const idempotencyKey = idempotencyKeyOf(request.headers.get('idempotency-key') ?? undefined);
  const created = await jobs.create(job, { caller, idempotencyKey });
  return acceptedAnswer(created, { 'preference-applied': 'respond-async' });
}

async function jobOfBody(
  request: Request,
  api: ApiAdapters,
  query: Record<string, unknown>,
  contentType: string,
): Promise<NewJob> {
  const options = await jobOptions(request, api, query);
  return { upload: { body: uploadBody(request, api), contentType }, options };
}

async function jobOfParts(
  request: Request,
  api: ApiAdapters,
  query: Record<string, unknown>,
): Promise<NewJob> {
  const { bodyBytes, bodyTimeoutMs } = api.limits;
  const bytes = await readWholeBody(request.body, bodyBytes, api.deadline(bodyTimeoutMs));
  const parts = await takeApart(bytes, request.headers.get('content-type') ?? '');
  const options = await jobOptions(request, api, { ...query, ...parts.options });
  const { image } = parts;
  if ('dicomweb' in image) {
    throw new UniCellError(
      'INVALID_OPTIONS',
      'A frame of a slide in a PACS is answered at once or not at all. Leave "Prefer: respond-async" out, or make a job of its series (POST /v1/jobs).',
    );
  }
  if ('url' in image) return { ...options, source: { type: 'url', url: image.url } };
  const body = new Response(image.bytes).body!;
  return { upload: { body, contentType: 'application/octet-stream' }, options };
}

async function jobOptions(
  request: Request,
  api: ApiAdapters,
  given: Record<string, unknown>,
): Promise<JobOptions> {
  const asked = checkDetectOptions(given);
  const { dataset, organ, mpp, threshold, classes, name, radiusUm } = asked;
  const options = jobOptionsSchema.parse({
    ...{ dataset, organ, mpp, threshold, classes, name, radiusUm },
    tissue: 'none',
    exports: [exportOf(asked, request.headers.get('accept'))],
  });
  checkJobOptions(options, 'upload', await api.model.card());
  return options;
}

/** The file that holds what the answer would. */
function exportOf({ format, layout }: DetectRequestOptions, accept: string | null): string {
  const answer = negotiateFormat(format, accept);
  return answer === 'json' && layout === 'columns' ? 'json-columns' : answer;
}

/** Whether the header Prefer (RFC 7240) says that the client would rather have a job than wait for the answer. */
export function prefersAsync(prefer: string | null | undefined): boolean {
  return (prefer ?? '')
    .split(/[,;]/)
    .some((preference) => preference.trim().toLowerCase() === 'respond-async');
}
