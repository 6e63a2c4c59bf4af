/**
 * A slide in OpenSlide that outlives its errors: after one, OpenSlide refuses everything, so the next read
 * opens the file again.
 *
 * @module
 */
import { throwIfCanceled } from '../../../shared/cancel.ts';
import { UniCellError } from '../../../shared/errors.ts';
import type { Raster } from '../../../shared/image/raster.ts';
import type { Size } from '../../../shared/image/source.ts';
import type { Handle, OpenSlideLibrary } from './library.ts';

/** koffi refuses more than 64 calls at once, and a machine has fewer cores. */
const MAX_READS = 16;

interface Opened {
  readonly handle: Handle;
  reads: number;
  isRetired: boolean;
}

export class SharedHandle {
  readonly #library: OpenSlideLibrary;
  readonly #path: string;
  /** `undefined` when the file is to be opened again. */
  #opened: Promise<Opened> | undefined;
  #free = MAX_READS;
  readonly #waiting: (() => void)[] = [];

  private constructor(library: OpenSlideLibrary, path: string) {
    this.#library = library;
    this.#path = path;
  }

  /** @throws {UniCellError} `IMAGE_UNSUPPORTED`, `IMAGE_UNREADABLE`. */
  static async open(library: OpenSlideLibrary, path: string): Promise<SharedHandle> {
    const shared = new SharedHandle(library, path);
    await shared.#open();
    return shared;
  }

  /** Asks what was read when the slide was opened, and needs no pixels. */
  async ask<T>(question: (handle: Handle) => T): Promise<T> {
    return question((await this.#open()).handle);
  }

  /**
   * Reads a region of a level, transparency laid on white.
   *
   * @param x, y Top left corner in pixels of level 0.
   * @throws {UniCellError} `IMAGE_UNREADABLE`, `CANCELED` before it has begun.
   */
  async read(
    x: number,
    y: number,
    level: number,
    { width, height }: Size,
    signal: AbortSignal,
  ): Promise<Raster> {
    await this.#enter();
    try {
      // The library cannot be stopped; what waits for it can, and must not open a slide that was closed.
      throwIfCanceled(signal);
      let opened = await this.#open();
      // Another read may have failed, and the handle be closed, since it was given out.
      while (opened.isRetired) opened = await this.#open();
      opened.reads += 1;
      // Referenced here until the call is over: the library writes into its memory.
      const pixels = new Uint32Array(width * height);
      try {
        await this.#library.readRegion(opened.handle, pixels, x, y, level, width, height);
        const reason = this.#library.error(opened.handle);
        if (reason !== null) {
          this.#retire(opened);
          throw unreadable(this.#path, reason);
        }
        return { width, height, data: onWhite(pixels) };
      } finally {
        opened.reads -= 1;
        this.#closeUnused(opened);
      }
    } finally {
      this.#leave();
    }
  }

  async close(): Promise<void> {
    const opened = await this.#opened?.catch(() => undefined);
    if (!opened) return;
    this.#retire(opened);
    this.#closeUnused(opened);
  }

  #open(): Promise<Opened> {
    this.#opened ??= open(this.#library, this.#path).catch((error) => {
      this.#opened = undefined;
      throw error;
    });
    return this.#opened;
  }

  #retire(broken: Opened): void {
    if (!broken.isRetired) this.#opened = undefined;
    broken.isRetired = true;
  }

  #closeUnused(opened: Opened): void {
    if (opened.isRetired && opened.reads === 0) this.#library.close(opened.handle);
  }

  async #enter(): Promise<void> {
    if (this.#free > 0) this.#free -= 1;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  #leave(): void {
    const next = this.#waiting.shift();
    if (next) next();
    else this.#free += 1;
  }
}

async function open(library: OpenSlideLibrary, path: string): Promise<Opened> {
  const handle = await library.open(path);
  if (handle === null) {
    throw new UniCellError(
      'IMAGE_UNSUPPORTED',
      `${path} is nothing that OpenSlide ${library.version} reads. Convert it to a tiled TIFF, for instance with \`bfconvert\`.`,
    );
  }
  const reason = library.error(handle);
  if (reason !== null) {
    library.close(handle);
    throw unreadable(path, reason);
  }
  return { handle, reads: 0, isRetired: false };
}

function unreadable(path: string, reason: string): UniCellError {
  return new UniCellError(
    'IMAGE_UNREADABLE',
    `${path} cannot be read by OpenSlide: ${reason}. The file, or one beside it, is damaged or missing; fetch the slide again.`,
  );
}

/** Premultiplied ARGB words to RGB bytes on white. */
function onWhite(pixels: Uint32Array): Uint8Array {
  const data = new Uint8Array(pixels.length * 3);
  for (let i = 0, at = 0; i < pixels.length; i++, at += 3) {
    const pixel = pixels[i]!;
    const white = 255 - (pixel >>> 24);
    data[at] = ((pixel >>> 16) & 255) + white;
    data[at + 1] = ((pixel >>> 8) & 255) + white;
    data[at + 2] = (pixel & 255) + white;
  }
  return data;
}
