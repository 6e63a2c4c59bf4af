/**
 * Stands in the bundle for decoders that geotiff brings and no picture of tissue needs: Zstandard and LERC. They are
 * two thirds of its size, and the pages' Content-Security-Policy would not let them compile.
 *
 * @module
 */

// biome-ignore lint/complexity/noStaticOnlyClass: geotiff makes one of it when it is loaded.
export class ZSTDDecoder {
  static readonly isAbsent = true;
}
export default {};
