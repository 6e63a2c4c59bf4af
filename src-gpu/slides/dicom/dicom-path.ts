import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { ByteSource } from '../bytes/byte-source.ts';
import { openFile } from '../bytes/file-bytes.ts';

const PREAMBLE_BYTES = 128;
/** Files of a folder that are looked at, for one that is DICOM. */
const FILES_TO_TRY = 1000;

/** Whether the bytes begin as DICOM files do (PS3.10, section 7.1). */
export async function isDicom(bytes: ByteSource): Promise<boolean> {
  if (bytes.size < PREAMBLE_BYTES + 4) return false;
  return String.fromCharCode(...(await bytes.read(PREAMBLE_BYTES, 4))) === 'DICM';
}

/** Whether a path is a DICOM file, or a folder that holds one. What cannot be read is none. */
export async function isDicomPath(path: string): Promise<boolean> {
  const status = await stat(path).catch(() => undefined);
  if (status?.isFile()) return isDicomFile(path);
  if (!status?.isDirectory()) return false;
  const entries = await readdir(path, { withFileTypes: true }).catch(() => []);
  for (const entry of entries.slice(0, FILES_TO_TRY)) {
    if (entry.isFile() && (await isDicomFile(join(path, entry.name)))) return true;
  }
  return false;
}

async function isDicomFile(path: string): Promise<boolean> {
  const bytes = await openFile(path).catch(() => undefined);
  if (!bytes) return false;
  try {
    return await isDicom(bytes);
  } finally {
    await bytes.close();
  }
}
