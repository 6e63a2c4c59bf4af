import { addCounts, areaMm2, type ClassCounts, noCounts } from '../../detect/summary.ts';
import type { Nuclei } from '../../nuclei/nuclei.ts';
import { regionsArea } from '../../tiling/region-area.ts';
import type { RegionGeometry } from '../../tiling/region-geometry.ts';
import { regionMask } from '../../tiling/region-mask.ts';
import type { DerivedHead } from './derived-object.ts';

/** Nuclei of a part of the slide. */
export interface RegionCount {
  /** All of the slide when left out. */
  readonly region?: RegionGeometry;
  /** That was examined. */
  readonly areaMm2: number;
  readonly counts: ClassCounts;
}

/** Counts nuclei per class, in every region that was asked for or else in the whole slide. */
export class RegionCounts {
  readonly results: readonly RegionCount[];
  readonly #contains: readonly ((x: number, y: number) => boolean)[];

  constructor({ dicom, image, missing = [] }: DerivedHead) {
    const { regions, areaMm2: seenMm2 } = dicom;
    const squareMm2 = areaMm2({ width: 1, height: 1 }, image.mpp);
    this.#contains = (regions ?? []).map((region) => regionMask([region], image).contains);
    const examinedPx = (region: RegionGeometry) =>
      missing.reduce(
        (area, part) => area - regionsArea([region], image, part),
        regionsArea([region], image),
      );
    this.results = regions
      ? regions.map((region) => ({
          region,
          // The parts are whole pixels and share a line: what is left of nothing may be negative.
          areaMm2: Math.max(0, examinedPx(region)) * squareMm2,
          counts: noCounts(),
        }))
      : [{ areaMm2: seenMm2, counts: noCounts() }];
  }

  add(nuclei: Nuclei): void {
    if (this.#contains.length === 0) addCounts(this.results[0]!.counts, nuclei);
    for (const [r, contains] of this.#contains.entries()) {
      const { counts } = this.results[r]!;
      for (let i = 0; i < nuclei.length; i++) {
        if (contains(nuclei.x[i]!, nuclei.y[i]!)) counts[nuclei.class[i]!]! += 1;
      }
    }
  }
}
