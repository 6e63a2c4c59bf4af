/**
 * From what a job names as its source to an opened slide.
 *
 * @module
 */
import { extname } from 'node:path';
import { bodyTooLarge } from '../../../shared/api/http/read-body.ts';
import { throwIfCanceled } from '../../../shared/cancel.ts';
import type { PacsCredentials } from '../../../shared/dicomweb/credentials.ts';
import { UniCellError } from '../../../shared/errors.ts';
import type { BlobStore } from '../../blobs/blob-store.ts';
import { openDicomwebSlide } from '../../slides/dicomweb/open-dicomweb.ts';
import { openSlideNamed } from '../../slides/open-named.ts';
import { decodeBeside } from '../../slides/plain/decode-beside.ts';
import type { Slide } from '../../slides/slide.ts';
import { isZarrUrl } from '../../slides/zarr/zarr-path.ts';
import { jobFolder } from '../job-keys.ts';
import type { StoredSource } from '../job-store.ts';
import { findAllowedPath } from './allowed-path.ts';
import { ForwardedCredentials } from './forwarded-credentials.ts';
import { outboundNetwork } from './outbound-network.ts';
import type { Outbounds } from './outbounds.ts';

export interface JobSourcesOptions {
  readonly blobs: BlobStore;
  readonly outbound: Outbounds;
  /** Those that the service holds for PACS. */
  readonly credentials: PacsCredentials;
  /** As of {@link ForwardedCredentials}. */
  readonly worksAlone: boolean;
  /** Folders whose slides may be named by path. */
  readonly slideFolders: readonly string[];
  /** Largest slide that is fetched from a server without byte ranges. */
  readonly maxBytes: number;
}

/** Why a slide behind a URL may still be read from a copy. */
const NEEDS_COPY = ['SOURCE_WITHOUT_RANGES', 'IMAGE_UNSUPPORTED'];
/** What messages call a slide: clients know neither our paths nor each other's signatures. */
const NAME = 'The slide';
const DOWNLOAD_TIMEOUT_MS = 3600_000;

function openHere(path: string, series: number | undefined): Promise<Slide> {
  return openSlideNamed(NAME, path, { decode: decodeBeside, series });
}

/** Opens the slides of jobs. */
export class JobSources {
  /** Those that callers have lent for jobs. */
  readonly forwarded: ForwardedCredentials;
  readonly #options: JobSourcesOptions;

  constructor(options: JobSourcesOptions) {
    this.#options = options;
    this.forwarded = new ForwardedCredentials(options.worksAlone);
  }

  /**
   * @param jobId Below whose blobs a copy is kept, where one is needed.
   * @param series As of `openSlide`.
   * @param signal Aborted when nobody waits for the slide any more, and not once it is open.
   * @throws {UniCellError} As `openSlide`, and `SOURCE_FORBIDDEN`, `SOURCE_NOT_FOUND`, `BODY_TOO_LARGE`; of a
   *   PACS as `openDicomwebSlide`.
   */
  async open(
    jobId: string,
    source: StoredSource,
    series?: number,
    signal?: AbortSignal,
  ): Promise<Slide> {
    switch (source.type) {
      case 'path':
        // Again: a link may have been turned since the job was made.
        return openHere(await findAllowedPath(source.path, this.#options.slideFolders), series);
      case 'upload':
        return openHere(await this.#copyOf(source.key, signal), series);
      case 'url':
        return this.#openUrl(jobId, source.url, series, signal);
      case 'dicomweb':
        return this.#openSeries(jobId, source, signal);
    }
  }

  #openSeries(
    jobId: string,
    source: StoredSource & { type: 'dicomweb' },
    patience: AbortSignal | undefined,
  ): Promise<Slide> {
    const { outbound, credentials } = this.#options;
    const authorization = source.isForwarded ? this.forwarded.of(jobId) : credentials(source.root);
    const network = outboundNetwork(outbound.pacs);
    return openDicomwebSlide(source, { network, authorization, patience });
  }

  async #openUrl(
    jobId: string,
    url: string,
    series: number | undefined,
    patience: AbortSignal | undefined,
  ): Promise<Slide> {
    const { blobs, outbound } = this.#options;
    const key = `${jobFolder(jobId)}source${extensionOf(url)}`;
    if ((await blobs.size(key)) !== undefined)
      return openHere(await this.#copyOf(key, patience), series);
    try {
      return await openSlideNamed(NAME, url, {
        fetch: (address, init) =>
          outbound.slides.request(address, { ...init, signal: either(init.signal, patience) }),
        decode: decodeBeside,
        series,
      });
    } catch (error) {
      throwIfCanceled(patience);
      const mayHelp = error instanceof UniCellError && NEEDS_COPY.includes(error.code);
      // A Zarr is no file that could be copied.
      if (!mayHelp || isZarrUrl(url)) throw error;
      await this.#download(url, key, patience);
      return openHere(await this.#copyOf(key, patience), series);
    }
  }

  async #download(url: string, key: string, patience: AbortSignal | undefined): Promise<void> {
    const { blobs, outbound, maxBytes } = this.#options;
    const signal = either(AbortSignal.timeout(DOWNLOAD_TIMEOUT_MS), patience);
    const { ok, status, body } = await outbound.slides.request(url, { signal });
    if (!ok || body === null) {
      await body?.cancel();
      throw new UniCellError(
        'SOURCE_UNREACHABLE',
        `The server of the slide answered ${status}. Check the URL, or send the slide itself.`,
      );
    }
    await blobs.put(key, limited(body, maxBytes), signal);
  }

  async #copyOf(key: string, signal: AbortSignal | undefined): Promise<string> {
    const path = await this.#options.blobs.localPath(key, signal);
    if (path === undefined) {
      throw new UniCellError(
        'SOURCE_NOT_FOUND',
        'The slide of the job is not kept any more. Make a new job with it.',
      );
    }
    return path;
  }
}

function either(signal: AbortSignal, other: AbortSignal | undefined): AbortSignal {
  return other ? AbortSignal.any([signal, other]) : signal;
}

/** Ending that readers look at; safe in a key. */
function extensionOf(location: string): string {
  const path = URL.parse(location)?.pathname ?? location;
  const ending = extname(path).toLowerCase();
  return /^\.[a-z0-9]{1,10}$/.test(ending) ? ending : '';
}

async function* limited(
  body: AsyncIterable<Uint8Array>,
  maxBytes: number,
): AsyncIterable<Uint8Array> {
  let bytes = 0;
  try {
    for await (const part of body) {
      bytes += part.length;
      if (bytes > maxBytes) throw bodyTooLarge(maxBytes);
      yield part;
    }
  } catch (cause) {
    if (cause instanceof UniCellError) throw cause;
    throw new UniCellError(
      'SOURCE_UNREACHABLE',
      `The server of the slide broke off after ${bytes} bytes. Try again, or send the slide itself.`,
      { cause },
    );
  }
}
