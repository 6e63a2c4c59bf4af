/**
 * Errors as answers: RFC 9457 problem details with the stable codes of `errors.ts`. docs/errors.md has
 * the table for users.
 *
 * @module
 */

import * as z from 'zod';
import { type ErrorCode, UniCellError } from '../../errors.ts';

interface ProblemKind {
  readonly status:
    | 400
    | 401
    | 403
    | 404
    | 405
    | 406
    | 408
    | 409
    | 413
    | 415
    | 416
    | 422
    | 429
    | 499
    | 500
    | 502
    | 503;
  readonly title: string;
  /** Seconds after which the same request may succeed. */
  readonly retryAfterS?: number;
}

export const PROBLEMS: Readonly<Record<ErrorCode, ProblemKind>> = {
  BODY_EMPTY: { status: 400, title: 'The request has no body' },
  BODY_INVALID: { status: 400, title: 'The body is not what its content type says' },
  BODY_TIMEOUT: { status: 408, title: 'The body came too slowly' },
  BODY_TOO_LARGE: { status: 413, title: 'The body is too large' },
  CANCELED: { status: 499, title: 'The caller canceled the request' },
  CARD_INVALID: { status: 500, title: 'The model card of the service is not valid' },
  CARD_MISMATCH: { status: 500, title: 'The model of the service does not fit its card' },
  CONFIGURATION_INVALID: { status: 503, title: 'The service is not configured' },
  DATASET_NOT_IN_MODEL: { status: 422, title: 'The model has no head for this dataset' },
  DATASET_UNKNOWN: { status: 422, title: 'No such dataset' },
  DICOM_INVALID: { status: 422, title: 'The DICOM series cannot be right' },
  DICOM_WITHOUT_VOLUME: { status: 422, title: 'The DICOM series has no slide in it' },
  DICOMWEB_INVALID: { status: 422, title: 'The PACS does not answer as DICOMweb says' },
  ENGINE_FAILED: { status: 503, title: 'The model could not be run', retryAfterS: 5 },
  FORBIDDEN: { status: 403, title: 'This is not allowed' },
  FORMAT_UNKNOWN: { status: 400, title: 'No such format' },
  GPU_UNAVAILABLE: { status: 503, title: 'The GPU service cannot be reached', retryAfterS: 15 },
  IDEMPOTENCY_CONFLICT: { status: 409, title: 'The idempotency key was used for another request' },
  IMAGE_TOO_LARGE: { status: 413, title: 'The picture has too many pixels' },
  IMAGE_UNREADABLE: { status: 422, title: 'The picture cannot be decoded' },
  IMAGE_UNSUPPORTED: { status: 415, title: 'This kind of picture is not read here' },
  INTERNAL: { status: 500, title: 'The service has a fault' },
  INVALID_OPTIONS: { status: 400, title: 'An option is not valid' },
  JOB_STATE_CONFLICT: { status: 409, title: 'The job is past that' },
  MEDIA_TYPE_MISMATCH: { status: 415, title: 'The body is not of its content type' },
  MEDIA_TYPE_UNSUPPORTED: { status: 415, title: 'This content type is not taken' },
  METHOD_NOT_ALLOWED: { status: 405, title: 'This path does not take the method' },
  MODEL_NOT_FOUND: { status: 500, title: 'The model is not there' },
  MODEL_OUTPUT_INVALID: { status: 500, title: 'The model gave something unexpected' },
  MPP_INVALID: { status: 422, title: 'The resolution makes no sense' },
  MPP_UNKNOWN: { status: 422, title: 'The resolution is not known' },
  NOT_ACCEPTABLE: { status: 406, title: 'No accepted format is offered' },
  NOT_FOUND: { status: 404, title: 'No such path' },
  NOT_READY: { status: 503, title: 'The service is not ready', retryAfterS: 5 },
  OUTPUT_EXISTS: { status: 409, title: 'The result is there already' },
  OUTPUT_UNWRITABLE: { status: 500, title: 'The result cannot be stored' },
  OVERLOADED: { status: 503, title: 'Too many requests at once', retryAfterS: 2 },
  POINTS_INVALID: { status: 422, title: 'Points are not valid' },
  PROCESS_LOST: { status: 500, title: 'The work has ended its process three times' },
  RANGE_NOT_SATISFIABLE: { status: 416, title: 'The file has no such bytes' },
  RATE_LIMITED: { status: 429, title: 'Too many requests with this key', retryAfterS: 60 },
  SCORE_MISMATCH: { status: 422, title: 'Truth and predictions do not belong together' },
  SCORE_TOO_LARGE: { status: 422, title: 'Too much to score at once' },
  SOURCE_FORBIDDEN: { status: 422, title: 'Pictures are not fetched from there' },
  SOURCE_NOT_FOUND: { status: 404, title: 'The source is not there' },
  SOURCE_UNAUTHORIZED: { status: 422, title: 'The server of the source wants other credentials' },
  SOURCE_UNREACHABLE: { status: 502, title: 'The picture could not be fetched' },
  SOURCE_WITHOUT_RANGES: { status: 422, title: 'The server gives whole files only' },
  STORE_UNAVAILABLE: { status: 503, title: 'The jobs cannot be reached', retryAfterS: 10 },
  TOO_MANY_JOBS: { status: 429, title: 'Too many jobs with this key', retryAfterS: 60 },
  UNAUTHORIZED: { status: 401, title: 'A valid key is needed' },
};

/** The body of every answer that is not a success. */
export const problemSchema = z
  .object({
    type: z.string().describe('Leads to the description of the code.'),
    title: z.string(),
    status: z.int(),
    detail: z.string().describe('What was received, what is allowed, what to do.'),
    instance: z.string().describe('The path that was asked for.'),
    code: z
      .enum(Object.keys(PROBLEMS) as [ErrorCode, ...ErrorCode[]])
      .describe('Stable; never changes its meaning.'),
    requestId: z.string(),
  })
  .meta({ id: 'Problem' });
type Problem = z.infer<typeof problemSchema>;

/** The problem of a code. */
export function problemOf(
  code: ErrorCode,
  about: Pick<Problem, 'detail' | 'instance' | 'requestId'>,
): Problem {
  const { status, title } = PROBLEMS[code];
  const { detail, instance, requestId } = about;
  return { type: `/docs#${code}`, title, status, detail, instance, code, requestId };
}

/**
 * An error as an answer. Anything but a `UniCellError` is a fault of the service, of which the answer
 * says nothing but the request's id.
 */
export function problemResponse(error: unknown, path: string, requestId: string): Response {
  const known =
    error instanceof UniCellError
      ? error
      : new UniCellError(
          'INTERNAL',
          `The service met an unexpected fault. Report it with the request id ${requestId}.`,
        );
  const { status, retryAfterS } = PROBLEMS[known.code];
  const problem = problemOf(known.code, { detail: known.publicMessage, instance: path, requestId });
  const headers = new Headers({
    'content-type': 'application/problem+json',
    'cache-control': 'no-store',
  });
  if (retryAfterS !== undefined) headers.set('retry-after', String(retryAfterS));
  if (status === 401) headers.set('www-authenticate', 'Bearer');
  return new Response(JSON.stringify(problem), { status, headers });
}
