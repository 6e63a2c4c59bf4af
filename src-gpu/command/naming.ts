import { UniCellError } from '../../shared/errors.ts';

/** Several pictures may be run by one script: what is wrong with the resolution of one names it. */
export function naming(location: string, error: unknown): unknown {
  const isOfMpp =
    error instanceof UniCellError && (error.code === 'MPP_UNKNOWN' || error.code === 'MPP_INVALID');
  if (!isOfMpp) return error;
  return new UniCellError(error.code, `${location}: ${error.message} (--mpp)`, { cause: error });
}
