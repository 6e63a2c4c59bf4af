/**
 * OpenSlide's public test slide CMU-1-Small-Region.svs (Carnegie Mellon University, CC0): a real H&E
 * region of 2220 x 2967 pixels at 0.499 um per pixel, 1.9 MB.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cacheFolder } from '../terminal/cache-folder.ts';

const slide = {
  name: 'CMU-1-Small-Region.svs',
  url: 'https://openslide.cs.cmu.edu/download/openslide-testdata/Aperio/CMU-1-Small-Region.svs',
  sha256: 'ed92d5a9f2e86df67640d6f92ce3e231419ce127131697fbbce42ad5e002c8a7',
} as const;

const downloadTimeoutMs = 15_000;

/** Where the slide was found, or why it was not. */
export type TestSlide =
  | { readonly path: string; readonly origin: 'cache' | 'shared' | 'download' }
  | { readonly path: undefined; readonly reason: string };

/** Places that tests put in the stead of the real ones. */
export interface TestSlidePlaces {
  readonly cachePath?: string;
  readonly sharedPath?: string;
  readonly fetch?: typeof fetch;
}

/**
 * Finds the slide in the local cache, then in `../shared/slides` beside the checkout, then downloads it
 * into the cache. A file of another sha256 is not the slide.
 */
export async function findTestSlide(
  signal?: AbortSignal,
  places: TestSlidePlaces = {},
): Promise<TestSlide> {
  const cachePath = places.cachePath ?? join(cacheFolder(), slide.name);
  if (await isSlide(cachePath)) return { path: cachePath, origin: 'cache' };
  const sharedPath =
    places.sharedPath ??
    fileURLToPath(new URL(`../../../shared/slides/${slide.name.toLowerCase()}`, import.meta.url));
  if (await isSlide(sharedPath)) return { path: sharedPath, origin: 'shared' };
  try {
    await download(cachePath, places.fetch ?? fetch, signal);
    return { path: cachePath, origin: 'download' };
  } catch (error) {
    signal?.throwIfAborted();
    return { path: undefined, reason: reasonOf(error) };
  }
}

async function isSlide(path: string): Promise<boolean> {
  try {
    return sha256(await readFile(path)) === slide.sha256;
  } catch {
    return false;
  }
}

async function download(path: string, get: typeof fetch, signal?: AbortSignal): Promise<void> {
  const timeout = AbortSignal.timeout(downloadTimeoutMs);
  const response = await get(slide.url, {
    signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
  });
  if (!response.ok) throw new Error(`the server answered ${response.status}`);
  const bytes = new Uint8Array(await response.arrayBuffer());
  if (sha256(bytes) !== slide.sha256) throw new Error('the file that came is another one');
  await mkdir(dirname(path), { recursive: true });
  const part = `${path}.${process.pid}.part`;
  await writeFile(part, bytes);
  await rename(part, path);
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** `fetch` hides why the network failed in the cause of its error. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message : error.message;
}
