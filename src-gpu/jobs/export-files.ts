/**
 * The result files of a job as they lie in the store, which may have damaged them.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import type { Job } from '../../shared/api/jobs/job-schemas.ts';
import { throwIfCanceled } from '../../shared/cancel.ts';
import type { BlobStore } from '../blobs/blob-store.ts';
import { exportKey } from './job-keys.ts';

type ExportFile = Job['exports'][number];

/** Whether every file is there and has the bytes that were written. */
export async function areWhole(
  blobs: BlobStore,
  { id, exports }: Job,
  signal: AbortSignal,
): Promise<boolean> {
  for (const file of exports) {
    const { bytes, sha256 } = file;
    const key = exportKey(id, file);
    const body = (await blobs.size(key)) === bytes ? await blobs.get(key) : undefined;
    if (body === undefined) return false;
    const hash = createHash('sha256');
    for await (const part of body) {
      throwIfCanceled(signal);
      hash.update(part);
    }
    if (hash.digest('hex') !== sha256) return false;
  }
  return true;
}

/**
 * A whole file as it is sent, which breaks off before its end when it is not the one that was written: who
 * takes it then has a broken transfer, and no file that looks right.
 */
export function verified(
  body: ReadableStream<Uint8Array>,
  { sha256, name }: ExportFile,
  onDamage: () => Promise<unknown>,
): ReadableStream<Uint8Array> {
  const hash = createHash('sha256');
  let held: Uint8Array | undefined;
  return body.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      transform(part, controller) {
        hash.update(part);
        if (held) controller.enqueue(held);
        held = part;
      },
      async flush(controller) {
        if (hash.digest('hex') !== sha256) {
          await onDamage();
          throw new Error(`The file ${name} is damaged in the store.`);
        }
        if (held) controller.enqueue(held);
      },
    }),
  );
}
