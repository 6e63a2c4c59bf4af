/**
 * Credentials that callers have lent for a job. They live in the memory of this process and nowhere else:
 * when it ends, or the job does, they are gone.
 *
 * @module
 */
import { requireForwarded } from '../../../shared/api/sources/forwarded-authorization.ts';
import { UniCellError } from '../../../shared/errors.ts';
import type { StoredSource } from '../job-store.ts';

export class ForwardedCredentials {
  readonly #worksAlone: boolean;
  readonly #byJob = new Map<string, string>();

  /** @param worksAlone Whether this process runs all tasks of the jobs that it takes. */
  constructor(worksAlone: boolean) {
    this.#worksAlone = worksAlone;
  }

  /**
   * Keeps what a job's source needs; nothing for a source that is read with the service's own credentials.
   *
   * @param authorization The header as the PACS gets it.
   * @throws {UniCellError} `INVALID_OPTIONS` when they are missing, or other nodes would need them.
   */
  lend(jobId: string, source: StoredSource, authorization: string | undefined): void {
    if (source.type !== 'dicomweb' || !source.isForwarded) return;
    if (!this.#worksAlone) {
      throw new UniCellError(
        'INVALID_OPTIONS',
        'The source says "authorization": "forward", which this service does not offer: other nodes run its jobs, and credentials do not leave the memory of this one. Have its operator set DICOMWEB_CREDENTIALS.',
      );
    }
    if (authorization === undefined && this.#byJob.has(jobId)) return;
    this.#byJob.set(jobId, requireForwarded(authorization));
  }

  /** @throws {UniCellError} `SOURCE_UNAUTHORIZED` when they are gone. */
  of(jobId: string): string {
    const authorization = this.#byJob.get(jobId);
    if (authorization !== undefined) return authorization;
    throw new UniCellError(
      'SOURCE_UNAUTHORIZED',
      'The credentials that were forwarded for the job are gone: they are kept in memory only, and the service was started again. Resume the job with the header X-DICOMweb-Authorization.',
    );
  }

  forget(jobId: string): void {
    this.#byJob.delete(jobId);
  }
}
