/**
 * The scripts of the viewer as browsers load them: each one file, from the TypeScript beside this. A build
 * step of the Worker, the first request of the GPU service.
 *
 * @module
 */
import { build } from 'esbuild';
import type { Pages } from '../api/adapters.ts';

/** @returns The text of a script, with the licences of what it holds. */
export async function bundleViewer(name: Parameters<Pages['script']>[0]): Promise<string> {
  const { outputFiles } = await build({
    absWorkingDir: import.meta.dirname,
    // Without an extension: JavaScript where the project is an npm package.
    entryPoints: [`./viewer/${name.replace(/\.js$/, '')}`],
    bundle: true,
    format: 'esm',
    target: 'es2022',
    minify: true,
    legalComments: 'inline',
    logLevel: 'silent',
    write: false,
  });
  return outputFiles[0]!.text;
}
