/**
 * A loaded model. It knows tensors and nothing of images; the two tiers differ in which engine they
 * plug into the same path.
 *
 * @module
 */
import type { Size } from '../image/source.ts';
import type { ModelCard } from './card.ts';

/** What the model says about a batch of windows for one dataset. */
export interface WindowOutputs {
  /** Dataset id, as in the card. */
  readonly dataset: string;
  /** Queries per window: the card's, or fewer in a window with fewer places for them. */
  readonly queries: number;
  /** Classes of this dataset, in head order: the last axis of `logits`. */
  readonly classes: number;
  /**
   * `batch * queries * classes` class logits, row-major. The sigmoid of the largest class logit of a
   * query is its detection score; its class is the largest logit.
   */
  readonly logits: Float32Array;
  /** `batch * queries * 2` centres (x, y), normalised to [0, 1] over the window. */
  readonly points: Float32Array;
}

/** How an engine is fed so that it never waits. */
export interface EngineFeed {
  /** Windows per run that use it well. */
  readonly batch: number;
  /** Runs to begin before the outputs of the first are needed. */
  readonly runs: number;
  /** Memory from which `run` reads without a copy. */
  allocate(floats: number): Float32Array;
}

/** A loaded model that turns windows into class logits and points. */
export interface Engine {
  readonly card: ModelCard;
  /** Left out by an engine that is given one small batch at a time. */
  readonly feed?: EngineFeed;
  /** What runs it, as reported to users: `cpu`, `cuda`, `wasm`. */
  readonly provider: string;
  /**
   * Runs a batch of windows for one or more datasets; the trunk is paid once for all of them.
   *
   * @param windows `batch * 3 * size.height * size.width` floats, NCHW, normalised as the card says. They
   *   must not change until the run has ended.
   * @param batch Number of windows, at least 1.
   * @param datasets Ids of datasets that the card lists.
   * @param size Of every window: the card's when left out, another one only where the card says
   *   `window.anySize`.
   * @returns One entry per dataset, in the order asked for.
   */
  run(
    windows: Float32Array,
    batch: number,
    datasets: readonly string[],
    size?: Size,
  ): Promise<WindowOutputs[]>;
  /** Frees the sessions. */
  close(): Promise<void>;
}
