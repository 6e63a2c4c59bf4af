import type { PageFile } from '../shared/api/adapters.ts';
import { UniCellError } from '../shared/errors.ts';

/**
 * A file of a page among the Worker's static assets.
 *
 * @throws {UniCellError} `NOT_FOUND` where the assets were deployed without it.
 */
export async function pageFile(
  assets: Fetcher,
  name: PageFile,
): Promise<ReadableStream<Uint8Array>> {
  const response = await assets.fetch(new URL(`https://assets.local/${name}`));
  if (response.ok && response.body) return response.body;
  await response.body?.cancel();
  throw new UniCellError(
    'NOT_FOUND',
    `There is no ${name} in the static assets. Deploy the Worker with those that src-edge/build-assets.ts makes.`,
  );
}
