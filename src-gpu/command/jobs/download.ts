/**
 * `unicell jobs download`: result files, checked against their hashes.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { findExport } from '../../../shared/api/jobs/job-answers.ts';
import type { Job } from '../../../shared/api/jobs/job-schemas.ts';
import { UniCellError } from '../../../shared/errors.ts';
import { openRegular } from '../../slides/bytes/regular-file.ts';
import type { JobsClient } from './client.ts';

/**
 * Fetches result files of a job into a folder; each appears when it is complete.
 *
 * @param names Some of them; all when empty.
 * @param isForced Overwrites other files of the names. A file that is there as it should be is kept in any case.
 * @returns The paths.
 * @throws {UniCellError} `NOT_FOUND` for a file that the job has not, `BODY_INVALID` for one that did not
 *   come as it is, `OUTPUT_EXISTS`, `OUTPUT_UNWRITABLE`.
 */
export async function downloadExports(
  client: JobsClient,
  job: Job,
  names: readonly string[],
  folder: string,
  isForced = false,
): Promise<string[]> {
  const known = job.exports.map(({ name }) => name);
  const missing = names.find((name) => findExport(job, name) === undefined);
  if (missing !== undefined || known.length === 0) {
    throw new UniCellError(
      'NOT_FOUND',
      `The job ${job.id} is ${job.status} and has ${missing === undefined ? 'no files' : `no file ${missing}`}; there are ${known.join(', ') || 'none'}.`,
    );
  }
  const wanted = names.length === 0 ? job.exports : names.map((name) => findExport(job, name)!);
  await mkdir(folder, { recursive: true }).catch((cause) => {
    throw unwritable(folder, cause);
  });
  const paths: string[] = [];
  for (const file of wanted) {
    // A name never leads out of the folder.
    const path = join(folder, basename(file.name));
    paths.push(path);
    const there = await hashOfFile(path);
    if (there === file.sha256) continue;
    if (there !== undefined && !isForced) {
      throw new UniCellError(
        'OUTPUT_EXISTS',
        `${path} is there and is another file. Pass --force to overwrite it, or --out with another folder.`,
      );
    }
    await fetchFile(await client.download(job.id, file.name), file.sha256, path);
  }
  return paths;
}

/** `undefined` where there is no file. */
async function hashOfFile(path: string): Promise<string | undefined> {
  const hash = createHash('sha256');
  try {
    const file = await openRegular(path);
    for await (const bytes of file.createReadStream()) hash.update(bytes as Uint8Array);
  } catch {
    return undefined;
  }
  return hash.digest('hex');
}

async function fetchFile(
  body: ReadableStream<Uint8Array>,
  sha256: string,
  path: string,
): Promise<void> {
  const part = `${path}.part`;
  const hash = createHash('sha256');
  try {
    const file = await open(part, 'w').catch((cause) => {
      throw unwritable(part, cause);
    });
    try {
      for await (const bytes of body) {
        hash.update(bytes);
        await file.writeFile(bytes).catch((cause) => {
          throw unwritable(part, cause);
        });
      }
    } finally {
      await file.close();
    }
    if (hash.digest('hex') !== sha256) {
      throw new UniCellError(
        'BODY_INVALID',
        `${path} did not come as the service has it: its SHA-256 is another. Fetch it again.`,
      );
    }
    await rename(part, path);
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  }
}

function unwritable(path: string, cause: NodeJS.ErrnoException): UniCellError {
  return new UniCellError(
    'OUTPUT_UNWRITABLE',
    `${path} cannot be written (${cause.code}). Pass --out with a folder of yours, and look at the disk.`,
    { cause },
  );
}
