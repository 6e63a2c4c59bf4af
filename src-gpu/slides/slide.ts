/**
 * A slide: an image with a pyramid, read region by region whatever its size.
 *
 * @module
 */
import type { DicomJson } from '../../shared/dicom/dicom-json.ts';
import type { ImageSource, Size } from '../../shared/image/source.ts';

/** One level of a pyramid; level 0 is the full resolution. */
export interface SlideLevel extends Size {
  /** Pixels of level 0 per pixel of this level, along x. */
  readonly downsample: number;
}

/** Something a user should know about how a slide was read. */
export interface SlideWarning {
  readonly code: string;
  /** A full sentence. */
  readonly detail: string;
}

/**
 * An opened slide. `read` takes the coarsest level that is at least as fine as the level asked for, and
 * resamples from there; label and macro images are never part of it. Coordinates are pixels of level 0.
 * Memory does not depend on the size of the slide.
 */
export interface Slide extends ImageSource {
  /** Id of the reader in the registry, as reported to users. */
  readonly reader: string;
  /** What made the file, as far as it says: `aperio`, `hamamatsu`, `ome` ... */
  readonly vendor: string | undefined;
  /** From fine to coarse; at least one. */
  readonly levels: readonly SlideLevel[];
  /**
   * Where the scanned area lies within level 0, when the file holds a larger level (Mirax): viewers such
   * as QuPath show only this part, so their coordinates are ours less `x` and `y`.
   */
  readonly bounds: (Size & { readonly x: number; readonly y: number }) | undefined;
  readonly warnings: readonly SlideWarning[];
  /** What objects about the slide repeat and refer to, of a slide that came as DICOM: see `originOf`. */
  readonly dicom?: DicomJson | undefined;
  /**
   * SHA-256 that names the content: of the whole file, or of size, header and sampled ranges where the
   * file is too large or remote (the reader documents which). Equal files have equal fingerprints.
   */
  fingerprint(signal?: AbortSignal): Promise<string>;
  close(): Promise<void>;
}
