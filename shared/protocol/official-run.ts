/**
 * One dataset's part of a detection under the official protocol: tile after tile, nothing merged.
 *
 * @module
 */
import type { Route } from '../datasets/routing.ts';
import type { DatasetResult } from '../detect/detection.ts';
import type { DetectOptions } from '../detect/options.ts';
import { resultFilter } from '../detect/result-filter.ts';
import type { WindowOutputs } from '../engine/engine.ts';
import type { Region, Size } from '../image/source.ts';
import { NucleiBuilder } from '../nuclei/builder.ts';
import { checkOutputs } from '../nuclei/decode.ts';
import type { Nuclei } from '../nuclei/nuclei.ts';
import { inReadingOrder } from '../nuclei/reading-order.ts';
import { rowsWhere, takeNuclei } from '../nuclei/select.ts';
import { decodeTile } from './decode-tile.ts';

/** The authors keep what has a score above this, for every dataset. */
const OFFICIAL_THRESHOLD = 0.5;

/** Collects the nuclei of one dataset, tile by tile. */
export class OfficialRun {
  readonly route: Route;
  /** A nucleus has a score above this. */
  readonly threshold: number;
  /** Windows that the model saw. */
  windows = 0;
  /** Those in which it gave as many nuclei as it can. */
  saturatedWindows = 0;
  readonly #found = new NucleiBuilder();
  readonly #filter: (nuclei: Nuclei) => Nuclei;

  constructor(route: Route, options: DetectOptions) {
    this.route = route;
    this.threshold = options.threshold ?? OFFICIAL_THRESHOLD;
    this.#filter = resultFilter(route.dataset, options);
  }

  /**
   * Adds a tile that the model saw whole.
   *
   * @param input The size that the tile had for the model.
   * @throws {UniCellError} `MODEL_OUTPUT_INVALID`.
   */
  addOutputs(outputs: WindowOutputs | undefined, tile: Region, input: Size): void {
    checkOutputs(outputs, this.route.dataset, 1);
    const isCut = decodeTile(outputs, tile, input, this.threshold, this.#found);
    this.saturatedWindows += isCut ? 1 : 0;
  }

  /** Adds the nuclei of a tile, in pixels of the tile. */
  addNuclei({ x, y, class: classes, score, length }: Nuclei, tile: Region): void {
    for (let row = 0; row < length; row++) {
      if (score[row]! > this.threshold) {
        this.#found.push(x[row]! + tile.x, y[row]! + tile.y, classes[row]!, score[row]!);
      }
    }
  }

  finish(): DatasetResult {
    const { dataset, reason } = this.route;
    const rows = rowsWhere(this.#found.length, () => true);
    const nuclei = this.#filter(takeNuclei(this.#found, inReadingOrder(this.#found, rows)));
    return { dataset, reason, threshold: this.threshold, nuclei };
  }
}
