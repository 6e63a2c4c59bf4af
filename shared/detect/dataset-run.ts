/**
 * One dataset's part of a detection: from the model's outputs to its nuclei.
 *
 * @module
 */
import type { Route } from '../datasets/routing.ts';
import type { WindowOutputs } from '../engine/engine.ts';
import type { Size } from '../image/source.ts';
import { checkOutputs, type DecodeOptions, decodeWindow } from '../nuclei/decode.ts';
import { NucleiMerger } from '../nuclei/merge.ts';
import { rowsWhere, takeNuclei } from '../nuclei/select.ts';
import type { PlannedWindow } from '../tiling/plan-windows.ts';
import { classFilter } from './class-filter.ts';
import type { DatasetResult } from './detection.ts';
import type { DetectOptions } from './options.ts';

/** Collects the nuclei of one dataset, window by window. */
export class DatasetRun {
  readonly route: Route;
  /** Windows in which every query was a nucleus. */
  saturatedWindows = 0;
  readonly #plane: Size;
  readonly #decode: DecodeOptions;
  readonly #merger: NucleiMerger;
  readonly #isWanted: (classIndex: number) => boolean;

  /**
   * @param plane The plane of the windows.
   * @param mpp Micrometres per pixel of the plane.
   */
  constructor(route: Route, plane: Size, mpp: number, options: DetectOptions) {
    const { dataset } = route;
    this.route = route;
    this.#plane = plane;
    this.#decode = {
      threshold: options.threshold ?? dataset.threshold,
      suppressionRadiusPx: dataset.suppressionRadiusUm / mpp,
      beyondPx: dataset.matchRadiusUm / mpp,
    };
    this.#merger = new NucleiMerger(plane, this.#decode.suppressionRadiusPx);
    this.#isWanted = classFilter(dataset, options.classes);
  }

  /** Whether none of the classes asked for is one of this dataset. */
  get lacksClasses(): boolean {
    return this.route.dataset.classes.every((_, index) => !this.#isWanted(index));
  }

  /** @throws {UniCellError} `MODEL_OUTPUT_INVALID`. */
  add(outputs: WindowOutputs | undefined, windows: readonly PlannedWindow[]): void {
    checkOutputs(outputs, this.route.dataset, windows.length);
    for (const [slot, window] of windows.entries()) {
      const decoded = decodeWindow(outputs, slot, window, this.#plane, this.#decode);
      this.saturatedWindows += decoded.isSaturated ? 1 : 0;
      this.#merger.add(window.core, decoded.nuclei);
    }
  }

  /** @param picture Size at full resolution. */
  finish(picture: Size): DatasetResult {
    const all = this.#merger.finish(picture);
    const rows = rowsWhere(all.length, (row) => this.#isWanted(all.class[row]!));
    return {
      dataset: this.route.dataset,
      reason: this.route.reason,
      threshold: this.#decode.threshold,
      nuclei: rows.length === all.length ? all : takeNuclei(all, rows),
    };
  }
}
