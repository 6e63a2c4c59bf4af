/**
 * Where the slides of jobs lie, and how everything of a job is erased.
 *
 * @module
 */

import type { BlobStore } from '../blobs/blob-store.ts';
import { jobFolder } from './job-keys.ts';

/** Apart from the results, so that what never became a job is found without looking through these. */
export const UPLOADS = 'uploads/';

/** @param extension With its dot, or empty. */
export function uploadKey(jobId: string, extension: string): string {
  return `${UPLOADS}${jobId}${extension}`;
}

/** The job that a blob below `prefix` belongs to, and when it was made; a UUID of version 7 begins with its time. */
export function jobOfBlob(
  prefix: string,
  key: string,
): { readonly jobId: string; readonly madeAtMs: number } {
  const jobId = key.slice(prefix.length, prefix.length + 36);
  return { jobId, madeAtMs: Number.parseInt(jobId.replaceAll('-', '').slice(0, 12), 16) };
}

/** Erases the pixels and the results of a job. */
export async function eraseBlobs(blobs: BlobStore, jobId: string): Promise<void> {
  await blobs.remove(jobFolder(jobId));
  await blobs.remove(uploadKey(jobId, ''));
}
