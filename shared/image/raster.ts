/** A decoded image: 8-bit sRGB, interleaved, row by row from the top left. */
export interface Raster {
  readonly width: number;
  readonly height: number;
  /** `width * height * 3` bytes, R G B. */
  readonly data: Uint8Array;
}
