/**
 * Windows of a source as batches for the model, read ahead.
 *
 * @module
 */
import { throwIfCanceled } from '../cancel.ts';
import { type Normalisation, windowWriter } from '../image/normalise.ts';
import type { ImageSource } from '../image/source.ts';
import type { PlannedWindow, WindowList, WindowShape } from '../tiling/plan-windows.ts';
import { withoutFill } from '../tissue/fill.ts';

/** Some windows, and their pixels as the model takes them. */
export interface Batch {
  readonly windows: readonly PlannedWindow[];
  /** `windows.length * 3 * height * width` floats, NCHW; valid as {@link BatchRequest.kept} says. */
  readonly tensor: Float32Array;
}

/** What to read, and how. */
export interface BatchRequest {
  readonly source: ImageSource;
  readonly plan: WindowList;
  readonly window: WindowShape;
  /** Micrometres per pixel of the windows. */
  readonly mpp: number;
  readonly normalisation: Normalisation;
  /** Windows per batch; the last one has what is left. */
  readonly batch: number;
  /** Batches that the caller works on: one is valid until `kept` further ones have been asked for. */
  readonly kept: number;
  /** Where the tensors lie. */
  readonly allocate: (floats: number) => Float32Array;
  readonly signal: AbortSignal | undefined;
}

/**
 * Reads windows in order. While the caller works on its batches the next is being read, so memory is
 * `kept + 1` batches whatever the size of the image. No read goes on after the end, also when the caller
 * stops early.
 *
 * @throws {UniCellError} `CANCELED`, and what the source throws.
 */
export async function* readBatches(request: BatchRequest): AsyncGenerator<Batch, void, void> {
  const { plan, window, normalisation, kept, allocate } = request;
  if (plan.count === 0) return;
  const write = windowWriter(normalisation, window);
  const size = Math.min(request.batch, plan.count);
  const floats = 3 * window.width * window.height;
  const count = Math.ceil(plan.count / size);
  const buffers = Array.from({ length: Math.min(kept + 1, count) }, () => allocate(size * floats));
  const start = (index: number): Promise<Batch> => {
    const buffer = buffers[index % buffers.length]!;
    const batch = fill(request, index * size, size, buffer, floats, write);
    // Whoever awaits the batch sees its failure; until then it must not count as unhandled.
    batch.catch(() => {});
    return batch;
  };
  let ahead: Promise<Batch> | undefined = start(0);
  try {
    for (let index = 1; ahead !== undefined; index++) {
      const batch: Batch = await ahead;
      ahead = index < count ? start(index) : undefined;
      yield batch;
    }
  } finally {
    await ahead?.catch(() => {});
  }
}

async function fill(
  { source, plan, mpp, signal }: BatchRequest,
  first: number,
  size: number,
  buffer: Float32Array,
  floats: number,
  write: ReturnType<typeof windowWriter>,
): Promise<Batch> {
  const length = Math.min(size, plan.count - first);
  const windows = Array.from({ length }, (_, slot) => plan.at(first + slot));
  throwIfCanceled(signal);
  try {
    await Promise.all(
      windows.map(async (window, slot) => {
        const { x, y, width, height } = window;
        const read = await source.read({ x, y, width, height }, plan.level, signal);
        write(withoutFill(read, mpp), buffer, slot);
      }),
    );
  } catch (error) {
    // A source may stop with an error of its own when the signal is aborted.
    throwIfCanceled(signal);
    throw error;
  }
  return { windows, tensor: buffer.subarray(0, length * floats) };
}
