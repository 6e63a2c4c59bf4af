/**
 * How the authors cut each dataset into tiles, and how near a prediction must be (spec sections 13.3 and
 * 13.5). All numbers are pixels of the images as they are stored.
 *
 * @module
 */

export interface TileLayout {
  /** Tiles are at least this large, unless the image is smaller. */
  readonly nominalPx: number;
  /** Share of a training tile that the next one repeats; test tiles do not overlap. */
  readonly trainOverlap: number;
  /** Training images of which a side is at most this are written four times. */
  readonly repeatUpToPx: number;
  /** A prediction matches a nucleus within this distance. */
  readonly matchRadiusPx: number;
}

const COMMON: TileLayout = {
  nominalPx: 250,
  trainOverlap: 0,
  repeatUpToPx: 0,
  matchRadiusPx: 6,
};

const PAPER: ReadonlyMap<string, TileLayout> = new Map([
  ['consep', { ...COMMON, trainOverlap: 0.8 }],
  ['monusac', { ...COMMON, nominalPx: 320, trainOverlap: 0.4, repeatUpToPx: 320 }],
  ['ocelot', { ...COMMON, nominalPx: 512, matchRadiusPx: 15 }],
  ['lizard', { ...COMMON, trainOverlap: 0.2 }],
]);

/**
 * The layout of a dataset. One that is not among the paper's four gets what the authors' script does with
 * a name that it does not know: tiles of 250 pixels and a radius of 6; training tiles do not overlap.
 *
 * @param dataset Id, as in the registry.
 */
export function tileLayout(dataset: string): TileLayout {
  return PAPER.get(dataset) ?? COMMON;
}
