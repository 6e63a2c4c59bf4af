import type { DicomJson } from '../dicom/dicom-json.ts';
import type { RegionGeometry } from '../tiling/region-geometry.ts';

/** What a result in DICOM is derived from. */
export interface Derivation {
  /** Metadata of the slide's finest instance, as of `originOf`. */
  readonly slide: DicomJson;
  /** Names everything that the result depends on: the same name gives the same SOP Instance UID. */
  readonly identity: string;
  /** When the result was made, `yyyymmdd` and `hhmmss`, in the slide's time zone or else in UTC. */
  readonly date: string;
  readonly time: string;
  /** What densities are over where there are no regions, in square millimetres: the tissue that was examined. */
  readonly areaMm2: number;
  /** Where nuclei were asked for; everywhere when left out. */
  readonly regions?: readonly RegionGeometry[] | undefined;
  /** Indices of the classes that were asked for; of the others nothing is known. All when left out. */
  readonly classes?: readonly number[] | undefined;
}
