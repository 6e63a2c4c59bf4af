/**
 * The one loaded model of a process, shared by everything that wants to run it.
 *
 * @module
 */
import type { ModelCard } from '../../shared/engine/card.ts';
import type { Engine } from '../../shared/engine/engine.ts';

/** Who is served first: a caller who waits, before a slide that does not. */
export type Priority = 'interactive' | 'job';

/** What the host has done since it started; counters only grow. */
export interface EngineStats {
  readonly windows: number;
  readonly batches: number;
  /** Requests that wait for a batch now. */
  readonly queued: number;
  /** Seconds in which the model ran, in the mean of its sessions. */
  readonly busySeconds: number;
  /** Seconds since the model was loaded. */
  readonly upSeconds: number;
}

/** A loaded model with its execution provider, its threads and its batching. */
export interface EngineHost {
  readonly card: ModelCard;
  /** Execution provider that runs the model: `cuda` or `cpu`. */
  readonly provider: string;
  /** Why not a better one, in a full sentence, when `auto` had to settle for less. */
  readonly providerNote: string | undefined;
  /** Why no run can succeed any more, in a full sentence; then the process should be restarted. */
  readonly failure: string | undefined;
  /** A view of the model whose runs are batched with those of everybody else. Closing it does nothing. */
  engine(priority: Priority): Engine;
  stats(): EngineStats;
  /** Lets what was begun end, then frees the sessions. */
  close(): Promise<void>;
}
