/**
 * One dataset's part of a detection: from the model's outputs to its nuclei.
 *
 * @module
 */
import type { Route } from '../datasets/routing.ts';
import type { WindowOutputs } from '../engine/engine.ts';
import type { Region, Size } from '../image/source.ts';
import type { ChunkNuclei } from '../nuclei/chunk-nuclei.ts';
import { checkOutputs, type DecodeOptions, decodeWindow } from '../nuclei/decode.ts';
import { NucleiMerger } from '../nuclei/merge.ts';
import type { PlannedWindow } from '../tiling/plan-windows.ts';
import type { DatasetResult } from './detection.ts';
import type { DetectOptions } from './options.ts';
import { resultFilter } from './result-filter.ts';

type RunOptions = Pick<DetectOptions, 'threshold' | 'classes' | 'regions'>;

/** Collects the nuclei of one dataset, window by window. */
export class DatasetRun {
  readonly route: Route;
  /** Windows in which every query was a nucleus. */
  saturatedWindows = 0;
  readonly #level: Size;
  readonly #decode: DecodeOptions;
  readonly #merger: NucleiMerger;
  readonly #options: RunOptions;

  /**
   * @param level The level of the windows.
   * @param mpp Micrometres per pixel of the level.
   */
  constructor(route: Route, level: Size, mpp: number, options: RunOptions) {
    const { dataset } = route;
    this.route = route;
    this.#level = level;
    this.#decode = {
      threshold: options.threshold ?? dataset.threshold,
      suppressionRadiusPx: dataset.suppressionRadiusUm / mpp,
      beyondPx: dataset.matchRadiusUm / mpp,
    };
    this.#merger = new NucleiMerger(level, this.#decode.suppressionRadiusPx);
    this.#options = options;
  }

  /** @throws {UniCellError} `MODEL_OUTPUT_INVALID`. */
  add(outputs: WindowOutputs | undefined, windows: readonly PlannedWindow[]): void {
    checkOutputs(outputs, this.route.dataset, windows.length);
    for (const [slot, window] of windows.entries()) {
      const decoded = decodeWindow(outputs, slot, window, this.#level, this.#decode);
      this.saturatedWindows += decoded.isSaturated ? 1 : 0;
      this.#merger.add(window.core, decoded.nuclei);
    }
  }

  /**
   * The nuclei of the classes and regions asked for.
   *
   * @param image Size at full resolution.
   */
  finish(image: Size): DatasetResult {
    const { dataset, reason } = this.route;
    const filter = resultFilter(dataset, this.#options);
    const nuclei = filter(this.#merger.finish(image));
    return { dataset, reason, threshold: this.#decode.threshold, nuclei };
  }

  /** All nuclei of a chunk, when the windows were all those of one; see `NucleiMerger.finishChunk`. */
  finishChunk(core: Region): ChunkNuclei {
    return this.#merger.finishChunk(core);
  }
}
