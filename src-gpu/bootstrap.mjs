/**
 * Makes a fresh clone ready: runs `npm ci` when `node_modules` is missing or older than the lock file,
 * and nothing otherwise. `npm run demo` and `npm test` start here, so both work with only git, Node
 * 22.15 or newer and npm (older ones warn). Plain JavaScript, because it runs before anything is installed.
 *
 * @module
 */
import { spawnSync } from 'node:child_process';
import { existsSync, statSync, symlinkSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { installedNode } from './installed-node.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));

/** When npm last wrote `path` of the project, in ms since 1970; -1 when there is no such file. */
function modifiedMs(/** @type {string} */ path) {
  return statSync(new URL(`../${path}`, import.meta.url), { throwIfNoEntry: false })?.mtimeMs ?? -1;
}

// npm writes this file last, so an installation that was interrupted counts as missing.
if (modifiedMs('node_modules/.package-lock.json') < modifiedMs('package-lock.json')) {
  console.error(
    'Installing the packages of package-lock.json (once; about 250 MB to download) ...',
  );
  const npm = spawnSync('npm', ['ci', '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    // npm is a .cmd file on Windows, which only a shell can start.
    shell: process.platform === 'win32',
  });
  if (npm.status !== 0) {
    console.error(
      `\nnpm ci failed (${npm.error?.message ?? `exit code ${npm.status}`}). This step needs the npm registry, ` +
        'directly or through the proxy or mirror of your npm configuration.\n' +
        'Check the network (`npm ping`), then run the same command again; once the packages are there, no network is needed.',
    );
    process.exit(1);
  }
}

// npm 10 drops this link when it skips the packages of other platforms, which share the program's name.
const link = fileURLToPath(new URL('../node_modules/.bin/node', import.meta.url));
const node = installedNode();
if (node && process.platform !== 'win32' && !existsSync(link)) symlinkSync(node, link);
