/**
 * One error class for everything a caller did or met that the program expects: bad input, an unknown
 * name, a file that does not fit. Anything else that is thrown is a bug.
 *
 * @module
 */

/** Stable, documented error codes. A code never changes its meaning. */
export type ErrorCode =
  | 'CARD_INVALID'
  | 'CARD_MISMATCH'
  | 'CANCELED'
  | 'DATASET_UNKNOWN'
  | 'DATASET_NOT_IN_MODEL'
  | 'FORMAT_UNKNOWN'
  | 'IMAGE_TOO_LARGE'
  | 'IMAGE_UNREADABLE'
  | 'IMAGE_UNSUPPORTED'
  | 'INVALID_OPTIONS'
  | 'MODEL_NOT_FOUND'
  | 'MODEL_OUTPUT_INVALID'
  | 'MPP_INVALID'
  | 'MPP_UNKNOWN'
  | 'OUTPUT_UNWRITABLE'
  | 'POINTS_INVALID'
  | 'SCORE_MISMATCH'
  | 'SCORE_TOO_LARGE'
  | 'SOURCE_NOT_FOUND';

/**
 * An expected failure. The message is a full sentence that says what was received, what is allowed
 * and what to do.
 *
 * @example
 * throw new UniCellError('MPP_INVALID', `mpp is ${mpp}; it must be between 0.05 and 10 um per pixel. Pass --mpp.`);
 */
export class UniCellError extends Error {
  override readonly name = 'UniCellError';
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}
