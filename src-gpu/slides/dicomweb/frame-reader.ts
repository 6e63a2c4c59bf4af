/**
 * Fetches and decodes the frames of a level.
 *
 * @module
 */
import type { DicomwebClient } from '../../../shared/dicomweb/client.ts';
import type { InstanceReference, SeriesReference } from '../../../shared/dicomweb/dicomweb-url.ts';
import type { TileFrame } from '../../../shared/dicomweb/tile-frames.ts';
import type { FramePixels } from '../../../shared/dicomweb/wsm-instance.ts';
import { UniCellError } from '../../../shared/errors.ts';
import type { Raster } from '../../../shared/image/raster.ts';
import { decodeFrame } from './decode-frame.ts';

export class FrameReader {
  readonly #client: Pick<DicomwebClient, 'frames' | 'plainFrames'>;
  readonly #reference: SeriesReference;
  readonly #pixels: FramePixels;
  /** Whether the frames come in a way that only the PACS can decode. */
  #isForeign = false;

  constructor(
    client: Pick<DicomwebClient, 'frames' | 'plainFrames'>,
    reference: SeriesReference,
    pixels: FramePixels,
  ) {
    this.#client = client;
    this.#reference = reference;
    this.#pixels = pixels;
  }

  /**
   * Reads frames, those of one instance with one request.
   *
   * @returns In the same order; `undefined` stays.
   * @throws {UniCellError} What the client and the decoders throw.
   */
  async read(
    frames: readonly (TileFrame | undefined)[],
    signal?: AbortSignal,
  ): Promise<(Raster | undefined)[]> {
    const rasters: (Raster | undefined)[] = frames.map(() => undefined);
    const instances = new Set(frames.flatMap((frame) => frame?.instance ?? []));
    await Promise.all(
      [...instances].map(async (instance) => {
        const places = [...frames.keys()].filter((i) => frames[i]?.instance === instance);
        const numbers = places.map((i) => frames[i]!.frame);
        const read = await this.#readOf({ ...this.#reference, instance }, numbers, signal);
        for (const [i, place] of places.entries()) rasters[place] = read[i];
      }),
    );
    return rasters;
  }

  async #readOf(
    reference: InstanceReference,
    numbers: readonly number[],
    signal: AbortSignal | undefined,
  ): Promise<Raster[]> {
    if (this.#isForeign) return this.#readPlain(reference, numbers, signal);
    const frames = await this.#client.frames(reference, numbers, signal);
    try {
      return await Promise.all(frames.map((frame) => decodeFrame(frame, this.#pixels)));
    } catch (error) {
      if (!(error instanceof UniCellError && error.code === 'IMAGE_UNSUPPORTED')) throw error;
      const plain = await this.#readPlain(reference, numbers, signal).catch(() => {
        // Without the decoder in the PACS, the missing one here is the reason.
        throw error;
      });
      this.#isForeign = true;
      return plain;
    }
  }

  async #readPlain(
    reference: InstanceReference,
    numbers: readonly number[],
    signal: AbortSignal | undefined,
  ): Promise<Raster[]> {
    const frames = await this.#client.plainFrames(reference, numbers, signal);
    // Once decoded, the components are RGB (PS3.5, section 8.2), whatever they were stored as.
    const pixels =
      this.#pixels.samples === 3 ? { ...this.#pixels, photometric: 'RGB' } : this.#pixels;
    return Promise.all(frames.map((frame) => decodeFrame(frame, pixels)));
  }
}
