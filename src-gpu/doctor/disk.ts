import { access, constants, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Check } from './check.ts';

/** Below this a slide's results still fit, and those of a batch of slides may not. */
const COMFORTABLE_BYTES = 20e9;

/**
 * Room where jobs and uploads are kept.
 *
 * @param folder May be missing: it is made when the service starts.
 * @param minFreeBytes Below this the service takes no jobs.
 */
export function disk(folder: string, minFreeBytes: number): Check {
  return {
    id: 'disk',
    async run() {
      const existing = await nearestFolder(folder);
      const canWrite = await access(existing, constants.W_OK).then(
        () => true,
        () => false,
      );
      if (!canWrite) {
        return {
          status: 'broken',
          detail: `${existing} cannot be written.`,
          fix: 'Give the user that runs UniCell the right, or set DATA_FOLDER to another folder.',
        };
      }
      const { bavail, bsize } = await statfs(existing);
      const free = bavail * bsize;
      const detail = `${(free / 1e9).toFixed(1)} GB are free for ${folder}.`;
      const fix = 'Free some, or set DATA_FOLDER to a folder on another disk.';
      if (free < minFreeBytes) return { status: 'broken', detail, fix };
      if (free < COMFORTABLE_BYTES) return { status: 'limited', detail, fix };
      return { status: 'ok', detail };
    },
  };
}

async function nearestFolder(folder: string): Promise<string> {
  const isThere = await access(folder).then(
    () => true,
    () => false,
  );
  return isThere || dirname(folder) === folder ? folder : nearestFolder(dirname(folder));
}
