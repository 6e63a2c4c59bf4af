import { UniCellError } from './errors.ts';

/**
 * Stops when the caller has given up.
 *
 * @throws {UniCellError} `CANCELED` when the signal is aborted; its reason is the cause.
 */
export function throwIfCanceled(signal: AbortSignal | undefined): void {
  if (signal?.aborted) {
    throw new UniCellError('CANCELED', 'The caller canceled the request; nothing was returned.', {
      cause: signal.reason,
    });
  }
}
