/**
 * The model of the last release, which a new one is measured against in the same run: its files lie in the history of
 * the repository.
 *
 * @module
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

export const RELEASED = { version: '0.3.0', commit: 'e243eb8' } as const;

/**
 * Writes the files of a released model that an engine reads.
 *
 * @param models Folder whose subfolders are models.
 * @returns The folder of the model.
 */
export function writeReleasedModel(models: string, id: string): string {
  const folder = join(models, id);
  mkdirSync(folder, { recursive: true });
  const inside = `models/${id}`;
  const names = git('ls-tree', '--name-only', `${RELEASED.commit}:${inside}`).toString();
  for (const name of names.split('\n').filter((one) => /\.(json|onnx)$/.test(one))) {
    writeFileSync(join(folder, name), git('show', `${RELEASED.commit}:${inside}/${name}`));
  }
  return folder;
}

function git(...args: readonly string[]): Buffer {
  try {
    return execFileSync('git', args, {
      cwd: root,
      maxBuffer: 2 ** 28,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  } catch (cause) {
    throw new Error(
      `This benchmark compares with the models of commit ${RELEASED.commit}, which this clone does not have: ` +
        'git fetch --unshallow.',
      { cause },
    );
  }
}
