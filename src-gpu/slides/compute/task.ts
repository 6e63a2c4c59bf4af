/**
 * What is computed beside the main thread: work that no library does in a thread of its own.
 *
 * @module
 */
import type { Raster } from '../../../shared/image/raster.ts';
import type { Region, Size } from '../../../shared/image/source.ts';

/** Bytes that came out of a codec. */
export interface Unpacked {
  readonly data: Uint8Array;
}

export interface UnpackTask {
  readonly kind: 'unpack';
  readonly codec: 'blosc' | 'lz4';
  readonly packed: Uint8Array;
}

export type PixelTask =
  | {
      readonly kind: 'resample';
      /** The part of the image that the region is made of. */
      readonly part: Raster;
      /** Where the part lies in the image. */
      readonly origin: { readonly x: number; readonly y: number };
      readonly image: Size;
      readonly level: Size;
      readonly region: Region;
    }
  | {
      readonly kind: 'jpeg2000';
      readonly codestream: Uint8Array;
      /** Whether the components are luma and two chromas rather than red, green and blue. */
      readonly isYcc: boolean;
    };

export type Task = PixelTask | UnpackTask;
