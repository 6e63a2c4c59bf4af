import type { SlideWarning } from '../slide.ts';

/** What a decoding process says before the pixels come. */
export interface PlainImageHead {
  readonly width: number;
  readonly height: number;
  readonly bytes: number;
  readonly warnings: readonly SlideWarning[];
}
