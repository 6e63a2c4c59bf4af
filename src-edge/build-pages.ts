/**
 * Writes the scripts of the viewer for the Worker, which holds them as text: wrangler runs this before it
 * bundles the Worker (`wrangler.toml`).
 *
 * @module
 */
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { bundleViewer } from '../shared/browser/bundle-viewer.ts';

const folder = new URL('../out/viewer/', import.meta.url);
await mkdir(folder, { recursive: true });
for (const name of ['viewer.js', 'overlay.js'] as const) {
  // In one step: another wrangler may be reading it.
  const written = new URL(`${name}.${process.pid}`, folder);
  await writeFile(written, await bundleViewer(name));
  await rename(written, new URL(`${name}.txt`, folder));
}
