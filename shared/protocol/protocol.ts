/**
 * The two protocols side by side: how an image is cut, what is kept, and how near is near enough.
 *
 * @module
 */
import type { Dataset } from '../datasets/dataset.ts';
import { detect } from '../detect/detect.ts';
import type { Detection } from '../detect/detection.ts';
import { matchRadiusPx } from '../scoring/match-points.ts';
import { detectOfficial } from './detect-official.ts';
import { tileLayout } from './layouts.ts';

/** `default` is ours, with overlap and ownership; `official` the authors' (docs/protocol.md). */
export type Protocol = Detection['protocol'];

export interface ProtocolRules {
  readonly detect: typeof detect;
  /** A prediction matches a nucleus within this distance, in pixels of an image with `mpp`. */
  matchRadiusPx(dataset: Pick<Dataset, 'id' | 'matchRadiusUm'>, mpp: number): number;
}

export const PROTOCOLS: Readonly<Record<Protocol, ProtocolRules>> = {
  default: {
    detect,
    matchRadiusPx: (dataset, mpp) => matchRadiusPx(dataset.matchRadiusUm, mpp),
  },
  official: {
    detect: detectOfficial,
    matchRadiusPx: (dataset) => tileLayout(dataset.id).matchRadiusPx,
  },
};
