/**
 * One error class for everything a caller did or met that the program expects: bad input, an unknown
 * name, a file that does not fit. Anything else that is thrown is a bug.
 *
 * @module
 */

/** Stable, documented error codes. A code never changes its meaning. */
export type ErrorCode =
  | 'BODY_EMPTY'
  | 'BODY_INVALID'
  | 'BODY_TIMEOUT'
  | 'BODY_TOO_LARGE'
  | 'CARD_INVALID'
  | 'CARD_MISMATCH'
  | 'CANCELED'
  | 'CONFIGURATION_INVALID'
  | 'DATASET_UNKNOWN'
  | 'DATASET_NOT_IN_MODEL'
  | 'DICOM_INVALID'
  | 'DICOM_WITHOUT_VOLUME'
  | 'DICOMWEB_INVALID'
  | 'ENGINE_FAILED'
  | 'FORBIDDEN'
  | 'FORMAT_UNKNOWN'
  | 'GPU_UNAVAILABLE'
  | 'IDEMPOTENCY_CONFLICT'
  | 'IMAGE_TOO_LARGE'
  | 'IMAGE_UNREADABLE'
  | 'IMAGE_UNSUPPORTED'
  | 'INTERNAL'
  | 'INVALID_OPTIONS'
  | 'JOB_STATE_CONFLICT'
  | 'MEDIA_TYPE_MISMATCH'
  | 'MEDIA_TYPE_UNSUPPORTED'
  | 'METHOD_NOT_ALLOWED'
  | 'MODEL_NOT_FOUND'
  | 'MODEL_OUTPUT_INVALID'
  | 'MPP_INVALID'
  | 'MPP_UNKNOWN'
  | 'NOT_ACCEPTABLE'
  | 'NOT_FOUND'
  | 'NOT_READY'
  | 'OUTPUT_EXISTS'
  | 'OUTPUT_UNWRITABLE'
  | 'OVERLOADED'
  | 'POINTS_INVALID'
  | 'PROCESS_LOST'
  | 'RANGE_NOT_SATISFIABLE'
  | 'RATE_LIMITED'
  | 'SCORE_MISMATCH'
  | 'SCORE_TOO_LARGE'
  | 'SOURCE_FORBIDDEN'
  | 'SOURCE_NOT_FOUND'
  | 'SOURCE_UNAUTHORIZED'
  | 'SOURCE_UNREACHABLE'
  | 'SOURCE_WITHOUT_RANGES'
  | 'STORE_UNAVAILABLE'
  | 'TOO_MANY_JOBS'
  | 'UNAUTHORIZED';

/**
 * An expected failure. The message is a full sentence that says what was received, what is allowed
 * and what to do.
 *
 * @example
 * throw new UniCellError('MPP_INVALID', `mpp is ${mpp}; it must be between 0.05 and 10 um per pixel.`);
 */
export class UniCellError extends Error {
  override readonly name = 'UniCellError';
  readonly code: ErrorCode;
  /** What callers of a service are told: the message, unless that says where things lie on its machines. */
  readonly publicMessage: string;

  constructor(
    code: ErrorCode,
    message: string,
    options?: { cause?: unknown; publicMessage?: string },
  ) {
    super(message, options);
    this.code = code;
    this.publicMessage = options?.publicMessage ?? message;
  }
}
