import { spawnSync } from 'node:child_process';
import { closeSync, constants, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Puts a pipe in the place of a small file, so that a test knows when another process reads it.
 *
 * @returns What waits for a reader and then gives it the content, once for every call.
 */
export function fileAsPipe(path: string): () => Promise<void> {
  const content = readFileSync(path);
  rmSync(path);
  makePipe(path);
  return async () => {
    const pipe = await openWhenRead(path);
    writeSync(pipe, content);
    closeSync(pipe);
  };
}

/** Makes a named pipe. */
export function makePipe(path: string): void {
  const { status, stderr } = spawnSync('mkfifo', [path], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`mkfifo ${path}: ${stderr}`);
}

/** Opens a pipe as soon as it has a reader; before, opening fails and blocks no thread. */
export async function openWhenRead(path: string): Promise<number> {
  for (;;) {
    try {
      return openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENXIO') throw error;
      await sleep(5);
    }
  }
}
