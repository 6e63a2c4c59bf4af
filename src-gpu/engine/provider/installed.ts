/**
 * What lies beside ONNX Runtime's library of the files of the CUDA provider.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { PROVIDER_PACKAGE } from './package.ts';

/** A file of the provider: as pinned, another one, or none. */
export interface ProviderFile {
  readonly name: string;
  readonly path: string;
  readonly state: 'pinned' | 'other' | 'absent';
}

/** @param folder Where they lie, or should. */
export async function providerFiles(folder: string): Promise<readonly ProviderFile[]> {
  const files: ProviderFile[] = [];
  for (const { name, sha256 } of PROVIDER_PACKAGE.files) {
    const path = join(folder, name);
    const found = await hashFile(path, 'sha256', 'hex').catch(ifAbsent);
    const state = found === undefined ? 'absent' : found === sha256 ? 'pinned' : 'other';
    files.push({ name, path, state });
  }
  return files;
}

/** Hash of a file of any size. */
export async function hashFile(
  path: string,
  algorithm: 'sha256' | 'sha512',
  encoding: 'hex' | 'base64',
): Promise<string> {
  const hash = createHash(algorithm);
  await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), hash);
  return hash.digest(encoding);
}

function ifAbsent(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}
