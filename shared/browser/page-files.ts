/**
 * The files that pages load: ours, and Swagger UI as it is published, with its licences.
 *
 * @module
 */
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { PAGE_FILES, type PageFile } from '../api/adapters.ts';

/** Where each file lies. */
export function pageFiles(): [name: PageFile, file: URL][] {
  const { resolve } = createRequire(import.meta.url);
  return (Object.keys(PAGE_FILES) as PageFile[]).map((name) => [
    name,
    name.startsWith('docs/')
      ? pathToFileURL(resolve(`swagger-ui-dist/${name.slice('docs/'.length)}`))
      : new URL(name, import.meta.url),
  ]);
}
