/**
 * What the host and the thread of its model say to each other.
 *
 * @module
 */
import type { WindowOutputs } from '../../shared/engine/engine.ts';
import type { ErrorCode } from '../../shared/errors.ts';
import type { Size } from '../../shared/image/source.ts';

/** One run of the model. */
export interface ThreadRun {
  /** `batch * 3 * size.height * size.width` floats; in shared memory, so that they are not copied. */
  readonly windows: Float32Array;
  readonly batch: number;
  readonly datasets: readonly string[];
  readonly size: Size;
}

export interface ThreadResult {
  /** One entry per dataset. */
  readonly outputs: WindowOutputs[];
  /** How long the model ran. */
  readonly seconds: number;
}

export type ToThread =
  | { readonly kind: 'run'; readonly id: number; readonly run: ThreadRun }
  | { readonly kind: 'close' };

export type FromThread =
  | { readonly kind: 'loaded' }
  | { readonly kind: 'not-loaded'; readonly failure: ThreadFailure }
  | { readonly kind: 'done'; readonly id: number; readonly result: ThreadResult }
  | { readonly kind: 'failed'; readonly id: number; readonly failure: ThreadFailure };

/** An error on its way between threads, where it would lose its class. */
export interface ThreadFailure {
  /** `undefined` for what ONNX Runtime throws. */
  readonly code: ErrorCode | undefined;
  readonly message: string;
}
