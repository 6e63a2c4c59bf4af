/**
 * Makes what the Worker has beside its code: wrangler runs this before it bundles the Worker (`wrangler.toml`).
 * `out/scripts` gets the scripts of the pages, which the Worker holds as text; `out/assets` the static assets: models,
 * of which `models/.assetsignore` says what is deployed, and the files that pages load.
 *
 * @module
 */
import { copyFile, glob, link, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PAGE_SCRIPTS } from '../shared/api/adapters.ts';
import { bundleScript } from '../shared/browser/bundle-script.ts';
import { pageFiles } from '../shared/browser/page-files.ts';

const models = new URL('../models/', import.meta.url);
const assets = new URL('../out/assets/', import.meta.url);

for (const name of PAGE_SCRIPTS) {
  const text = await bundleScript(name);
  const file = `../out/scripts/${name.split('/').at(-1)}.txt`;
  await put(new URL(file, import.meta.url), (path) => writeFile(path, text));
}
for await (const file of glob('*/{card.json,*.onnx}', { cwd: fileURLToPath(models) })) {
  await put(new URL(file, assets), (path) => same(new URL(file, models), path));
}
for (const [name, source] of pageFiles()) {
  await put(new URL(name, assets), (path) => same(source, path));
}
const folders = new Set(pageFiles().map(([name]) => name.split('/')[0]!));
const ignore = await readFile(new URL('.assetsignore', models), 'utf8');
const kept = [...folders].map((folder) => `!${folder}\n!${folder}/*\n`).join('');
await put(new URL('.assetsignore', assets), (path) => writeFile(path, `${ignore}${kept}`));

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
