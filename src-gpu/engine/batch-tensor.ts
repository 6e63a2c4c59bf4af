/**
 * Several runs as one tensor, and its outputs as those of each.
 *
 * @module
 */
import type { WindowOutputs } from '../../shared/engine/engine.ts';

/** The windows of one run. */
export interface RunWindows {
  readonly windows: Float32Array;
  readonly batch: number;
}

/** Memory that another thread reads without a copy. */
export function sharedFloats(length: number): Float32Array {
  return new Float32Array(new SharedArrayBuffer(length * Float32Array.BYTES_PER_ELEMENT));
}

/** All windows, one run after the other, in shared memory: a copy unless one run lies there already. */
export function gatherWindows(runs: readonly RunWindows[]): Float32Array {
  const [first] = runs;
  if (runs.length === 1 && first!.windows.buffer instanceof SharedArrayBuffer)
    return first!.windows;
  const all = sharedFloats(runs.reduce((sum, { windows }) => sum + windows.length, 0));
  let at = 0;
  for (const { windows } of runs) {
    all.set(windows, at);
    at += windows.length;
  }
  return all;
}

/** The outputs of each run, in the order of {@link gatherWindows}. */
export function dealOutputs(
  outputs: WindowOutputs[],
  runs: readonly RunWindows[],
): readonly WindowOutputs[][] {
  if (runs.length === 1) return [outputs];
  let from = 0;
  return runs.map(({ batch }) => {
    const to = from + batch;
    const own = outputs.map((all) => cutOutputs(all, from, to));
    from = to;
    return own;
  });
}

/** The outputs of runs that were parts of one, in order. */
export function joinOutputs(parts: readonly WindowOutputs[][]): WindowOutputs[] {
  return parts[0]!.map((first, dataset) => ({
    ...first,
    logits: joined(parts.map((outputs) => outputs[dataset]!.logits)),
    points: joined(parts.map((outputs) => outputs[dataset]!.points)),
  }));
}

function cutOutputs(outputs: WindowOutputs, from: number, to: number): WindowOutputs {
  const { queries, classes, logits, points } = outputs;
  return {
    ...outputs,
    logits: logits.slice(from * queries * classes, to * queries * classes),
    points: points.slice(from * queries * 2, to * queries * 2),
  };
}

function joined(parts: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
