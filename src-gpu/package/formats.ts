/**
 * `unicell-edge/formats`: nuclei written to and read from the files of other programs.
 *
 * @module
 */
export type {
  ExportHead,
  ExportInput,
  FilePart,
  Format,
  FormatModule,
  FormatReader,
  NucleiByImage,
  ReadableFormat,
  ReadOptions,
} from '../../shared/formats/format.ts';
export { FORMATS, findFormat, formatOfFile } from '../../shared/formats/registry.ts';
