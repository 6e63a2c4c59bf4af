/**
 * From a request to the record of a job, with its slide where that came along.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import { mediaTypeOf } from '../../shared/api/http/media-type.ts';
import type { JobOptions, JobRequest } from '../../shared/api/jobs/job-schemas.ts';
import type { UploadedSlide } from '../../shared/api/jobs/job-service.ts';
import { checkRoot } from '../../shared/dicomweb/dicomweb-url.ts';
import { UniCellError } from '../../shared/errors.ts';
import type { BlobStore } from '../blobs/blob-store.ts';
import { uploadKey } from './job-blobs.ts';
import type { JobRecord, StoredSource } from './job-store.ts';
import { newRecord } from './new-record.ts';
import { findAllowedPath } from './source/allowed-path.ts';
import type { Outbounds } from './source/outbounds.ts';

export interface NewJobParts {
  readonly blobs: BlobStore;
  readonly outbound: Outbounds;
  readonly slideFolders: readonly string[];
}

export type NewJobRequest =
  | JobRequest
  | { readonly upload: UploadedSlide; readonly options: JobOptions };

/**
 * Makes a record, and stores the slide of an upload: all of it or nothing.
 *
 * @param key What came as `Idempotency-Key`.
 * @throws {UniCellError} `SOURCE_FORBIDDEN`, `SOURCE_NOT_FOUND`; for an upload what its body fails with,
 *   and `OUTPUT_UNWRITABLE`.
 */
export async function makeRecord(
  request: NewJobRequest,
  callerId: string,
  key: string | undefined,
  parts: NewJobParts,
): Promise<JobRecord> {
  const idempotency = (content: unknown) =>
    key === undefined ? null : { key, requestHash: hashOf(content) };
  if ('upload' in request) {
    const { options, upload } = request;
    const label = options.name ?? 'upload';
    const fresh = newRecord({
      callerId,
      options,
      label,
      source: { type: 'upload', key: '' },
      idempotency: null,
    });
    const stored = uploadKey(fresh.job.id, extensionOfType(upload.contentType));
    const { sha256 } = await parts.blobs.put(stored, upload.body);
    const source = { type: 'upload', key: stored } as const;
    return { ...fresh, source, idempotency: idempotency({ options, sha256 }) };
  }
  const { source: named, ...options } = request;
  const { source, label } = await resolveSource(named, parts);
  return newRecord({ callerId, options, source, label, idempotency: idempotency(request) });
}

/** Checks where a slide lies, without opening it. */
export async function resolveSource(
  source: JobRequest['source'],
  { outbound, slideFolders }: Omit<NewJobParts, 'blobs'>,
): Promise<{ readonly source: StoredSource; readonly label: string }> {
  if (source.type === 'path') {
    const path = await findAllowedPath(source.path, slideFolders);
    return { source: { type: 'path', path }, label: basename(path) };
  }
  if (source.type === 'dicomweb') {
    const { type, study, series, authorization } = source;
    const root = checkRoot(source.root);
    outbound.pacs.check(root);
    const isForwarded = authorization === 'forward';
    return { source: { type, root, study, series, isForwarded }, label: series };
  }
  // Without its query, which may hold a signature.
  const { host, pathname } = outbound.slides.check(source.url);
  return { source, label: basename(pathname) || host };
}

/**
 * Whether a repeated key came with the same request.
 *
 * @throws {UniCellError} `IDEMPOTENCY_CONFLICT` when not.
 */
export function checkSameRequest(earlier: JobRecord, later: JobRecord): void {
  if (earlier.idempotency?.requestHash === later.idempotency?.requestHash) return;
  throw new UniCellError(
    'IDEMPOTENCY_CONFLICT',
    `The Idempotency-Key ${JSON.stringify(earlier.idempotency?.key)} came before with another request, which made the job ${earlier.job.id}. Send the same request, or another key.`,
  );
}

function hashOf(content: unknown): string {
  return createHash('sha256').update(JSON.stringify(content)).digest('hex');
}

/** Some readers look at the ending; most look at the content. */
function extensionOfType(contentType: string): string {
  switch (mediaTypeOf(contentType)) {
    case 'image/jpeg':
      return '.jpg';
    case 'image/png':
      return '.png';
    case 'image/webp':
      return '.webp';
    case 'image/tiff':
      return '.tif';
    case 'image/bmp':
      return '.bmp';
    default:
      return '';
  }
}
