/**
 * What the page `/docs` loads: Swagger UI as it is published, with its licences.
 *
 * @module
 */
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { DOCS_TYPES, type DocsFile } from '../api/adapters.ts';

/** Where each file lies. */
export function docsFiles(): [name: DocsFile, file: URL][] {
  const { resolve } = createRequire(import.meta.url);
  return (Object.keys(DOCS_TYPES) as DocsFile[]).map((name) => [
    name,
    pathToFileURL(resolve(`swagger-ui-dist/${name}`)),
  ]);
}
