/**
 * Class logits and normalised points to nuclei.
 *
 * @module
 */
import type { WindowOutputs } from '../engine/engine.ts';
import { UniCellError } from '../errors.ts';
import type { Size } from '../image/source.ts';
import { ownsCentre } from '../tiling/ownership.ts';
import type { PlannedWindow } from '../tiling/plan-windows.ts';
import { NucleiBuilder } from './builder.ts';
import type { Nuclei } from './nuclei.ts';
import { rowsWhere, takeNuclei } from './select.ts';
import { suppressDuplicates } from './suppress.ts';

/**
 * How far inside the right and lower border a centre lies at least, in pixels of the level. Whoever asks for 0 to the width,
 * or takes a place for the index of a pixel, then finds every nucleus, also after results are rounded to hundredths (of
 * pictures of up to 6 um per pixel).
 * A power of two: no coordinate of a slide is rounded back to the border by it.
 */
const INSIDE_PX = 1 / 16;

/** When a query is a nucleus; lengths in pixels of the level. */
export interface DecodeOptions {
  /** A query is a nucleus when its score is at least this. */
  readonly threshold: number;
  /** Two queries nearer than this are one nucleus. */
  readonly suppressionRadiusPx: number;
  /** A centre at most this far beyond the level is taken to just inside its border; a farther one is none. */
  readonly beyondPx: number;
}

/** What one window found. */
export interface DecodedWindow {
  /** The nuclei that the window owns, in pixels of the level. */
  readonly nuclei: Nuclei;
  /** Whether every query was a nucleus, so that there may be more than the model can return. */
  readonly isSaturated: boolean;
}

/**
 * Decodes one window of a batch. The score of a query is the sigmoid of its largest class logit and
 * its class is that logit's (the first of equals): one class per query. Fillers, queries that stand
 * for nothing, must lie below the threshold; then their number changes nothing.
 *
 * Suppression follows ownership: a query that another window owns must not drop one of this window,
 * since the other window may see it elsewhere. `NucleiMerger` settles what is left across the seam.
 *
 * @param outputs As checked by `checkOutputs`.
 * @param slot Place of the window in the batch.
 * @param window Where it lies in the level, and what it owns.
 * @throws {UniCellError} `MODEL_OUTPUT_INVALID` when a logit or a point is not finite.
 */
export function decodeWindow(
  outputs: WindowOutputs,
  slot: number,
  window: PlannedWindow,
  level: Size,
  options: DecodeOptions,
): DecodedWindow {
  const { queries, classes, logits, points } = outputs;
  const found = new NucleiBuilder();
  let above = 0;
  for (let query = slot * queries; query < (slot + 1) * queries; query++) {
    const best = largest(logits, query * classes, classes);
    // Rounded as they are stored, so that ownership is decided on what is stored.
    const x = Math.fround(window.x + points[2 * query]! * window.width);
    const y = Math.fround(window.y + points[2 * query + 1]! * window.height);
    if (best < 0 || !Number.isFinite(x + y)) {
      throw invalid(outputs, `its query ${query % queries} is not finite in window ${slot}`);
    }
    const logit = logits[query * classes + best]!;
    // Likewise: every score in a result is at least the threshold.
    const score = Math.fround(1 / (1 + Math.exp(-logit)));
    if (score < options.threshold) {
      continue;
    }
    above++;
    const inX = clampNear(x, level.width, options.beyondPx);
    const inY = clampNear(y, level.height, options.beyondPx);
    if (inX !== undefined && inY !== undefined && ownsCentre(window.core, level, inX, inY)) {
      found.push(inX, inY, best, score);
    }
  }
  const dropped = suppressDuplicates(found, options.suppressionRadiusPx);
  const rows = rowsWhere(found.length, (row) => dropped[row] === 0);
  return { nuclei: takeNuclei(found, rows), isSaturated: above === queries };
}

/**
 * Checks that an engine returned what it was asked for.
 *
 * @throws {UniCellError} `MODEL_OUTPUT_INVALID` when the dataset, the classes or the sizes differ.
 */
export function checkOutputs(
  outputs: WindowOutputs | undefined,
  dataset: { readonly id: string; readonly classes: { readonly length: number } },
  batch: number,
): asserts outputs is WindowOutputs {
  if (outputs === undefined || outputs.dataset !== dataset.id) {
    throw new UniCellError(
      'MODEL_OUTPUT_INVALID',
      `The model returned ${outputs ? `the dataset "${outputs.dataset}"` : 'nothing'} where "${dataset.id}" was asked for. Check its graph against its card.`,
    );
  }
  const { queries, classes, logits, points } = outputs;
  if (classes !== dataset.classes.length) {
    throw invalid(outputs, `it has ${classes} classes, not ${dataset.classes.length}`);
  }
  if (
    !Number.isInteger(queries) ||
    logits.length !== batch * queries * classes ||
    points.length !== batch * queries * 2
  ) {
    throw invalid(
      outputs,
      `${logits.length} logits and ${points.length} coordinates are not ${batch} windows of ${queries} queries`,
    );
  }
}

/** Index of the largest of `count` finite values from `start`; -1 when one is not finite. */
function largest(values: Float32Array, start: number, count: number): number {
  let best = 0;
  for (let i = 0; i < count; i++) {
    const value = values[start + i]!;
    if (!Number.isFinite(value)) {
      return -1;
    }
    if (value > values[start + best]!) {
      best = i;
    }
  }
  return best;
}

function clampNear(value: number, size: number, beyondPx: number): number | undefined {
  if (value < -beyondPx || value > size + beyondPx) {
    return undefined;
  }
  return Math.min(size - INSIDE_PX, Math.max(0, value));
}

function invalid(outputs: WindowOutputs, what: string): UniCellError {
  return new UniCellError(
    'MODEL_OUTPUT_INVALID',
    `The model's output for "${outputs.dataset}" cannot be used: ${what}. Check its graph against its card.`,
  );
}
