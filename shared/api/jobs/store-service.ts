import type { Caller } from '../http/caller.ts';
import type { StoreReport, StoreRequest } from './store-schemas.ts';

/** Stores results of jobs in a PACS. Errors are `UniCellError`; a job of another caller is `NOT_FOUND`. */
export interface StoreService {
  /**
   * Stores the annotations and the report of a completed job of a DICOM slide, and says of each what became of
   * it. Those of an earlier run of the same are not stored again.
   *
   * @param context With what was forwarded for the PACS.
   * @throws {UniCellError} `JOB_STATE_CONFLICT`, `INVALID_OPTIONS`, and as `storeInstances`.
   */
  store(
    id: string,
    request: StoreRequest,
    context: {
      readonly caller: Caller;
      readonly authorization: string | undefined;
      readonly signal: AbortSignal;
    },
  ): Promise<StoreReport>;
}
