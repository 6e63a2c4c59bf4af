import { spawnSync } from 'node:child_process';
import { afterAll } from 'vitest';
import { tempFolder } from './temp-folder.ts';

export interface SmallDisk {
  readonly path: string;
  /** Makes the disk larger or smaller. */
  resize(kilobytes: number): void;
}

/** A real file system that is soon full, until the end of the file's tests; needs the right to mount. */
export function smallDisk(kilobytes: number): SmallDisk | undefined {
  const path = tempFolder();
  const mount = (...options: string[]) =>
    spawnSync('mount', [...options, 'tmpfs', path]).status === 0;
  if (!mount('-t', 'tmpfs', '-o', `size=${kilobytes}k`)) return undefined;
  // Before the folder is removed: hooks run from the last to the first.
  afterAll(() => void spawnSync('umount', [path]));
  return {
    path,
    resize: (size) => {
      if (!mount('-o', `remount,size=${size}k`)) throw new Error(`${path} was not resized.`);
    },
  };
}
