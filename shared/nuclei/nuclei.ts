/**
 * The column table of nuclei: a struct of arrays, so that a million nuclei are 13 MB. Objects per
 * nucleus exist only where JSON is written.
 *
 * Coordinates are pixels of the input image at full resolution, continuous, with (0, 0) at the top
 * left corner of the top left pixel (the convention of QuPath and DICOM).
 *
 * @module
 */
export interface Nuclei {
  readonly length: number;
  /** Centre, x to the right, in pixels of the input image. */
  readonly x: Float32Array;
  /** Centre, y down, in pixels of the input image. */
  readonly y: Float32Array;
  /** Index into the dataset's class names, in head order. */
  readonly class: Uint8Array;
  /** Detection score in (0, 1). */
  readonly score: Float32Array;
}
