/**
 * Makes what the Worker has beside its code: wrangler runs this before it bundles the Worker (`wrangler.toml`).
 * `out/viewer` gets the scripts of the viewer, which the Worker holds as text; `out/assets` the static assets: models,
 * of which `models/.assetsignore` says what is deployed, and the files of `/docs`.
 *
 * @module
 */
import { copyFile, glob, link, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleViewer } from '../shared/browser/bundle-viewer.ts';
import { docsFiles } from '../shared/browser/docs-files.ts';

const models = new URL('../models/', import.meta.url);
const assets = new URL('../out/assets/', import.meta.url);

for (const name of ['viewer.js', 'overlay.js'] as const) {
  const text = await bundleViewer(name);
  await put(new URL(`../out/viewer/${name}.txt`, import.meta.url), (path) => writeFile(path, text));
}
for await (const file of glob('*/{card.json,*.onnx}', { cwd: fileURLToPath(models) })) {
  await put(new URL(file, assets), (path) => same(new URL(file, models), path));
}
for (const [name, source] of docsFiles()) {
  await put(new URL(`docs/${name}`, assets), (path) => same(source, path));
}
const ignore = await readFile(new URL('.assetsignore', models), 'utf8');
await put(new URL('.assetsignore', assets), (path) => writeFile(path, `${ignore}!docs\n!docs/*\n`));

/** Puts a file in its place in one step: another wrangler may be reading the one that is there. */
async function put(file: URL, write: (path: URL) => Promise<void>): Promise<void> {
  await mkdir(dirname(fileURLToPath(file)), { recursive: true });
  const written = new URL(`${file.href}.${process.pid}`);
  await write(written);
  await rename(written, file);
}

/** The same bytes without a copy, where the file system can. */
async function same(file: URL, path: URL): Promise<void> {
  await link(file, path).catch(() => copyFile(file, path));
}
