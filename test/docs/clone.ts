/** What a clone of the repository holds, in a folder that commands may write to. */
import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { root } from './blocks.ts';

interface Clone {
  readonly folder: string;
  /** For the commands that are run in it. */
  readonly env: Readonly<Record<string, string>>;
}

/**
 * Copies the files that git knows or would take, as they are now, and the installed packages. The models are those of this
 * checkout.
 *
 * @param cache Where programs keep what they make or fetch once: slides, compiled kernels.
 * @param python That has the Python package's extras: what `python` and `.venv/bin/python` mean in there.
 */
export function copyOfClone(parent: string, cache: string, python: string | undefined): Clone {
  const folder = join(parent, 'unicell-edge');
  const listed = ['ls-files', '-z', '--cached', '--others', '--exclude-standard'];
  const files = execFileSync('git', listed, { cwd: root, encoding: 'utf8' }).split('\0');
  for (const file of files) {
    if (file === '' || file.startsWith('models/') || !existsSync(join(root, file))) continue;
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    // `npm run` installs anew where the lock file is younger than what is installed.
    cpSync(join(root, file), join(folder, file), { preserveTimestamps: true });
  }
  symlinkSync(join(root, 'models'), join(folder, 'models'));
  // Hard links where they can be made: what is removed in there stays here, and a gigabyte is not copied for each page.
  const packages = [join(root, 'node_modules'), join(folder, 'node_modules')];
  if (spawnSync('cp', ['-al', ...packages]).status !== 0) {
    // Another file system, which may have got the folders.
    rmSync(join(folder, 'node_modules'), { recursive: true, force: true });
    execFileSync('cp', ['-a', ...packages]);
  }
  const programs = join(parent, 'bin');
  mkdirSync(programs);
  if (python !== undefined) {
    const path = join(programs, 'python');
    writeFileSync(path, `#!/bin/sh\nPYTHONPATH='${join(root, 'models')}' exec '${python}' "$@"\n`);
    chmodSync(path, 0o755);
    mkdirSync(join(folder, '.venv/bin'), { recursive: true });
    symlinkSync(path, join(folder, '.venv/bin/python'));
  }
  return {
    folder,
    env: {
      PATH: `${programs}:${process.env.PATH}`,
      // No browser is opened, and wrangler asks and tells nobody.
      BROWSER: 'true',
      CLOUDFLARE_CF_FETCH_ENABLED: 'false',
      WRANGLER_SEND_METRICS: 'false',
      XDG_CACHE_HOME: cache,
    },
  };
}
