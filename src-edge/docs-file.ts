import type { DocsFile } from '../shared/api/adapters.ts';
import { UniCellError } from '../shared/errors.ts';

/**
 * A file of the page `/docs` among the Worker's static assets.
 *
 * @throws {UniCellError} `NOT_FOUND` where the assets were deployed without it.
 */
export async function docsFile(
  assets: Fetcher,
  name: DocsFile,
): Promise<ReadableStream<Uint8Array>> {
  const response = await assets.fetch(new URL(`https://assets.local/docs/${name}`));
  if (response.ok && response.body) return response.body;
  await response.body?.cancel();
  throw new UniCellError(
    'NOT_FOUND',
    `There is no docs/${name} in the static assets. Deploy the Worker with those that src-edge/build-assets.ts makes.`,
  );
}
