/**
 * `unicell jobs submit`: a slide of this machine, or one that the service fetches.
 *
 * @module
 */
import { openAsBlob } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import type { Job } from '../../../shared/api/jobs/job-schemas.ts';
import { queryOf } from '../../../shared/client/query.ts';
import { slideRequest } from '../../../shared/client/slide-request.ts';
import { parseSeriesUrl } from '../../../shared/dicomweb/dicomweb-url.ts';
import { UniCellError } from '../../../shared/errors.ts';
import { readRegions } from '../read-regions.ts';
import type { JobsClient } from './client.ts';

export interface SubmitOptions {
  readonly dataset: readonly string[];
  readonly organ?: string;
  readonly mpp?: number;
  /** Which image of a TIFF or OME-Zarr that holds several. */
  readonly series?: number;
  readonly threshold?: number;
  readonly class?: readonly string[];
  readonly format: readonly string[];
  /** In micrometres. */
  readonly radius?: number;
  readonly name?: string;
  readonly priority?: number;
  /** GeoJSON file: only nuclei inside. */
  readonly region?: string;
  /** `auto` skips glass. */
  readonly tissue: 'auto' | 'none';
}

/**
 * Creates a job.
 *
 * @param slide A file, which is sent; the folder of an OME-Zarr, which the service reads where it lies; an https URL of a slide, or of a series in a PACS, which the service
 *   fetches, with the credentials of `DICOMWEB_AUTHORIZATION` where it is set.
 * @throws {UniCellError} `SOURCE_NOT_FOUND`, and the service's problems.
 */
export async function submitSlide(
  client: JobsClient,
  slide: string,
  options: SubmitOptions,
): Promise<Job> {
  const { dataset, organ, mpp, threshold, format, priority } = options;
  const asked = {
    dataset,
    organ,
    mpp,
    series: options.series,
    threshold,
    classes: options.class,
    exports: format,
    radiusUm: options.radius,
    name: options.name,
    priority,
    tissue: options.tissue,
    regions: options.region === undefined ? undefined : await readRegions(options.region),
  };
  const series = parseSeriesUrl(slide);
  if (series) {
    const authorization = process.env.DICOMWEB_AUTHORIZATION || undefined;
    const forward = authorization === undefined ? {} : { authorization: 'forward' };
    const source = { type: 'dicomweb', ...series, ...forward };
    const content = JSON.stringify({ ...asked, source });
    return client.create({ contentType: 'application/json', content }, undefined, {
      ...(authorization === undefined ? {} : { authorization }),
    });
  }
  if (/^https?:\/\//.test(slide)) {
    const content = JSON.stringify({ ...asked, source: { type: 'url', url: slide } });
    return client.create({ contentType: 'application/json', content });
  }
  if (await isFolder(slide)) {
    // It cannot be sent as one body, and a service on this machine may read it where it lies.
    const content = JSON.stringify({ ...asked, source: { type: 'path', path: resolve(slide) } });
    return client.create({ contentType: 'application/json', content });
  }
  const name = options.name ?? basename(slide);
  const { query, body, headers } = slideRequest(
    await openAsBlob(slide),
    queryOf({ ...asked, name }),
  );
  return client.create({ contentType: headers['content-type'], content: body }, query);
}

/** @throws {UniCellError} `SOURCE_NOT_FOUND` for what is neither a file nor a folder. */
async function isFolder(path: string): Promise<boolean> {
  const status = await stat(path).catch((error: NodeJS.ErrnoException) => error);
  if (!(status instanceof Error) && (status.isFile() || status.isDirectory())) {
    return status.isDirectory();
  }
  const why = status instanceof Error ? (status as NodeJS.ErrnoException).code : 'not a file';
  throw new UniCellError(
    'SOURCE_NOT_FOUND',
    `${path} cannot be opened (${why}). Pass the path of a slide, or an https URL.`,
  );
}
