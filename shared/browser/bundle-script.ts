/**
 * The scripts of pages as browsers load them: each one file, from the TypeScript beside this. A build
 * step of the Worker, the first request of the GPU service.
 *
 * @module
 */
import { join } from 'node:path';
import { build } from 'esbuild';
import type { PageScript } from '../api/adapters.ts';

const ABSENT = join(import.meta.dirname, 'playground/absent-decoder');

/** @returns The text of a script, with the licences of what it holds. */
export async function bundleScript(name: PageScript): Promise<string> {
  const { outputFiles } = await build({
    absWorkingDir: import.meta.dirname,
    // Without an extension: JavaScript where the project is an npm package.
    entryPoints: [`./${name.replace(/\.js$/, '')}`],
    bundle: true,
    alias: { lerc: ABSENT, zstddec: ABSENT, 'zstddec/stream': ABSENT },
    format: 'esm',
    target: 'es2022',
    minify: true,
    legalComments: 'inline',
    logLevel: 'silent',
    write: false,
  });
  return outputFiles[0]!.text;
}
