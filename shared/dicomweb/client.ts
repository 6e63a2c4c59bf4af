/**
 * A DICOMweb client (DICOM PS3.18): QIDO-RS and WADO-RS over whatever network the runtime has.
 *
 * @module
 */
import { type DicomJson, textOf } from '../dicom/dicom-json.ts';
import { UniCellError } from '../errors.ts';
import {
  type InstanceReference,
  instanceUrl,
  type SeriesReference,
  seriesUrl,
} from './dicomweb-url.ts';
import { getFrom, RefusedError } from './exchange.ts';
import type { DicomwebNetwork } from './network.ts';
import { type DicomwebPart, readDataSets, readParts } from './read-answer.ts';
import { TAG } from './tags.ts';
import { Turns } from './turns.ts';

export interface DicomwebClientOptions {
  readonly network: DicomwebNetwork;
  /** The header `Authorization` for the PACS. */
  readonly authorization?: string | undefined;
  /** Aborted when nobody waits any more. */
  readonly patience?: AbortSignal | undefined;
  /** Requests that run at once. */
  readonly requestsAtOnce?: number;
  /** Of one JSON answer: the metadata of a sparsely tiled level names every frame. */
  readonly maxJsonBytes?: number;
  /** Of one frame. */
  readonly maxFrameBytes?: number;
}

const JSON_TIMEOUT_MS = 120_000;
const FRAMES_TIMEOUT_MS = 60_000;
const MIB = 2 ** 20;
const PAGE = 200;

/**
 * What is asked for frames with, until one is granted: as they are stored; in the kinds that are read here;
 * as plain pixels, which every server must be able to give (PS3.18, section 8.7.3).
 */
const FRAME_KINDS = [
  'multipart/related; type="application/octet-stream"; transfer-syntax=*',
  [
    'multipart/related; type="image/jpeg"; transfer-syntax=1.2.840.10008.1.2.4.50',
    'multipart/related; type="image/jp2"; transfer-syntax=1.2.840.10008.1.2.4.90',
    'multipart/related; type="image/jp2"; transfer-syntax=1.2.840.10008.1.2.4.91',
  ].join(', '),
  'multipart/related; type="application/octet-stream"; transfer-syntax=1.2.840.10008.1.2.1',
] as const;
const BULK_KIND = 'multipart/related; type="application/octet-stream"';
const NOT_GRANTED = [400, 406, 415];
/** How servers that give one frame per request answer to several. */
const NOT_SEVERAL = [400, 404, 406, 414, 501];

export class DicomwebClient {
  readonly #options: DicomwebClientOptions;
  readonly #turns: Turns;
  #kind = 0;
  #givesSeveral = true;

  constructor(options: DicomwebClientOptions) {
    this.#options = options;
    this.#turns = new Turns(options.requestsAtOnce ?? 8);
  }

  /** QIDO-RS: the series of a study, with what every server must tell of each. */
  searchSeries({ root, study }: Pick<SeriesReference, 'root' | 'study'>): Promise<DicomJson[]> {
    return this.#json(`${root}/studies/${study}/series`);
  }

  /**
   * QIDO-RS: the instances of a series, page by page.
   *
   * @param fields Tags that are asked for besides; not every server gives them.
   */
  async searchInstances(
    reference: SeriesReference,
    fields: readonly string[],
  ): Promise<DicomJson[]> {
    const wanted = fields.map((tag) => `&includefield=${tag}`).join('');
    const found = new Map<string, DicomJson>();
    for (let offset = 0; ; offset += PAGE) {
      const page = await this.#json(
        `${seriesUrl(reference)}/instances?limit=${PAGE}&offset=${offset}${wanted}`,
      );
      const before = found.size;
      for (const data of page) {
        const uid = textOf(data, TAG.sopInstanceUid);
        if (uid !== undefined && !found.has(uid)) found.set(uid, data);
      }
      // A server that knows no pages gives the same again.
      if (page.length < PAGE || found.size === before) return [...found.values()];
    }
  }

  /** WADO-RS: all of an instance but its bulk data. */
  async metadata(reference: InstanceReference): Promise<DicomJson> {
    const [data, ...more] = await this.#json(`${instanceUrl(reference)}/metadata`);
    if (data === undefined || more.length > 0) {
      throw new UniCellError(
        'DICOMWEB_INVALID',
        `The PACS answered ${data ? more.length + 1 : 'no'} data sets to the metadata of the instance ${reference.instance}; one was asked for.`,
      );
    }
    return data;
  }

  /**
   * WADO-RS: frames of an instance, as they are stored where the PACS gives that.
   *
   * @param numbers From 1.
   * @param signal Aborted when nobody waits for these any more.
   * @returns As many, in the same order.
   * @throws {UniCellError} `DICOMWEB_INVALID` when others came than were asked for.
   */
  async frames(
    reference: InstanceReference,
    numbers: readonly number[],
    signal?: AbortSignal,
  ): Promise<readonly DicomwebPart[]> {
    if (numbers.length > 1 && !this.#givesSeveral)
      return this.#oneByOne(reference, numbers, signal);
    try {
      return await this.#granted(reference, numbers, signal);
    } catch (error) {
      const isRefused = error instanceof RefusedError && NOT_SEVERAL.includes(error.status);
      if (!isRefused || numbers.length === 1) throw error;
      const frames = await this.#oneByOne(reference, numbers, signal);
      this.#givesSeveral = false;
      return frames;
    }
  }

  /** WADO-RS: frames decoded by the PACS, which may refuse. */
  plainFrames(
    reference: InstanceReference,
    numbers: readonly number[],
    signal?: AbortSignal,
  ): Promise<readonly DicomwebPart[]> {
    return this.#frames(reference, numbers, FRAME_KINDS.at(-1)!, signal);
  }

  /**
   * WADO-RS: a value that the metadata of an instance only refer to.
   *
   * @param uri Its `BulkDataURI`; credentials go with it only to the origin of the root.
   * @param maxBytes A larger value is an error.
   */
  async bulkData(
    reference: InstanceReference,
    uri: string,
    maxBytes: number,
  ): Promise<Uint8Array<ArrayBuffer>> {
    const url = URL.parse(uri, `${instanceUrl(reference)}/metadata`);
    if (url === null) {
      throw new UniCellError(
        'DICOMWEB_INVALID',
        `The PACS refers to bulk data at ${JSON.stringify(uri.slice(0, 100))}, which is no address.`,
      );
    }
    const isAtHome = url.origin === new URL(reference.root).origin;
    const [part, ...more] = await this.#get(
      url.href,
      BULK_KIND,
      JSON_TIMEOUT_MS,
      (response) => readParts(response, maxBytes),
      isAtHome,
    );
    if (part === undefined || more.length > 0) {
      throw new UniCellError(
        'DICOMWEB_INVALID',
        `The PACS sent ${part ? more.length + 1 : 'no'} parts for one value of bulk data.`,
      );
    }
    return part.bytes;
  }

  async #oneByOne(
    reference: InstanceReference,
    numbers: readonly number[],
    signal: AbortSignal | undefined,
  ) {
    const frames = await Promise.all(numbers.map((one) => this.#granted(reference, [one], signal)));
    return frames.flat();
  }

  /** Asks in one way after the other, and from then on in the one that was granted. */
  async #granted(
    reference: InstanceReference,
    numbers: readonly number[],
    signal: AbortSignal | undefined,
  ) {
    for (let kind = this.#kind; ; kind++) {
      try {
        const frames = await this.#frames(reference, numbers, FRAME_KINDS[kind]!, signal);
        this.#kind = kind;
        return frames;
      } catch (error) {
        const isRefused = error instanceof RefusedError && NOT_GRANTED.includes(error.status);
        if (!isRefused || kind === FRAME_KINDS.length - 1) throw error;
      }
    }
  }

  async #frames(
    reference: InstanceReference,
    numbers: readonly number[],
    accept: string,
    signal: AbortSignal | undefined,
  ) {
    const { maxFrameBytes = 64 * MIB } = this.#options;
    const url = `${instanceUrl(reference)}/frames/${numbers.join(',')}`;
    const read = (response: Response) => readParts(response, maxFrameBytes);
    const frames = await this.#get(url, accept, FRAMES_TIMEOUT_MS, read, true, signal);
    if (frames.length !== numbers.length) {
      throw new UniCellError(
        'DICOMWEB_INVALID',
        `The PACS sent ${frames.length} frames when ${numbers.length} were asked for (${numbers.join(', ')} of the instance ${reference.instance}).`,
      );
    }
    return frames;
  }

  #json(url: string): Promise<DicomJson[]> {
    const { maxJsonBytes = 256 * MIB } = this.#options;
    return this.#get(url, 'application/dicom+json', JSON_TIMEOUT_MS, (response) =>
      readDataSets(response, maxJsonBytes),
    );
  }

  #get<T>(
    url: string,
    accept: string,
    timeoutMs: number,
    read: (response: Response) => Promise<T>,
    isAtHome = true,
    signal?: AbortSignal,
  ): Promise<T> {
    const { network } = this.#options;
    const given = [this.#options.patience, signal].filter((one) => one !== undefined);
    const patience = given.length > 1 ? AbortSignal.any(given) : given[0];
    const authorization = isAtHome ? this.#options.authorization : undefined;
    const exchange = { url, accept, timeoutMs, authorization, patience };
    return this.#turns.run(() => getFrom(network, exchange, read));
  }
}
