/**
 * An engine that finds planted nuclei by looking at the pixels: a true function of each window, so it
 * behaves under tiling as a perfect model would, and tests know what must come out.
 */
import type { ModelCard } from '../../shared/engine/card.ts';
import type { Engine, WindowOutputs } from '../../shared/engine/engine.ts';
import type { Raster } from '../../shared/image/raster.ts';
import type { Size } from '../../shared/image/source.ts';

/** What a window shows, in pixels of the window. */
export interface Seen {
  readonly x: number;
  readonly y: number;
  readonly class: number;
  readonly logit: number;
}

export interface OracleOptions {
  /** Queries per window; those that see nothing are fillers. */
  readonly queries?: number;
  /** How nuclei are seen; single coded pixels when not given. */
  readonly see?: (window: Raster) => Seen[];
  /** Called at the start of every run. */
  readonly onRun?: (call: OracleCall) => void | Promise<void>;
}

export interface OracleCall {
  readonly windows: Float32Array;
  readonly batch: number;
  readonly datasets: readonly string[];
  readonly size: Size;
}

const FILLER_LOGIT = -30;
const MARK = 7;

/** A white image to plant nuclei in. */
export function glass(width: number, height: number): Raster {
  return { width, height, data: new Uint8Array(width * height * 3).fill(255) };
}

/** Plants a nucleus as one coded pixel. Its centre is the middle of the pixel; its logit is `level / 10`. */
export function plantPixel(
  image: Raster,
  x: number,
  y: number,
  classIndex: number,
  level: number,
): void {
  image.data.set([classIndex, level, MARK], (y * image.width + x) * 3);
}

/** Reads the nuclei that `plantPixel` planted. */
export function seePixels({ width, height, data }: Raster): Seen[] {
  const seen: Seen[] = [];
  for (let i = 0; i < width * height; i++) {
    if (data[3 * i + 2] === MARK) {
      const [x, y] = [(i % width) + 0.5, Math.floor(i / width) + 0.5];
      seen.push({ x, y, class: data[3 * i]!, logit: data[3 * i + 1]! / 10 });
    }
  }
  return seen;
}

/** Sees every dark spot as a nucleus of class 0 at its centre of darkness, at any resolution. */
export function seeSpots({ width, height, data }: Raster): Seen[] {
  const darkness = Array.from({ length: width * height }, (_, i) => 255 - data[3 * i]!);
  const seen: Seen[] = [];
  for (let start = 0; start < darkness.length; start++) {
    if (darkness[start]! < 64) {
      continue;
    }
    const spot = [start];
    let [sum, x, y] = [0, 0, 0];
    for (let at = spot.pop(); at !== undefined; at = spot.pop()) {
      const dark = darkness[at]!;
      if (dark < 8) {
        continue;
      }
      darkness[at] = 0;
      const [column, row] = [at % width, Math.floor(at / width)];
      sum += dark;
      x += dark * (column + 0.5);
      y += dark * (row + 0.5);
      if (column > 0) spot.push(at - 1);
      if (column < width - 1) spot.push(at + 1);
      if (row > 0) spot.push(at - width);
      if (row < height - 1) spot.push(at + width);
    }
    seen.push({ x: x / sum, y: y / sum, class: 0, logit: 4 });
  }
  return seen;
}

/** An engine for `card` that sees what is there. */
export function oracleEngine(card: ModelCard, options: OracleOptions = {}): Engine {
  const { queries = card.queries, see = seePixels, onRun } = options;

  const toRaster = (tensor: Float32Array, slot: number, { width, height }: Size): Raster => {
    const { mean, std } = card.normalisation;
    const pixels = width * height;
    const data = new Uint8Array(pixels * 3);
    for (let i = 0; i < pixels; i++) {
      for (let c = 0; c < 3; c++) {
        data[3 * i + c] = Math.round(tensor[(3 * slot + c) * pixels + i]! * std[c]! + mean[c]!);
      }
    }
    return { width, height, data };
  };

  return {
    card,
    provider: 'oracle',
    async run(windows, batch, datasets, size = card.window): Promise<WindowOutputs[]> {
      await onRun?.({ windows, batch, datasets, size });
      const { width, height } = size;
      const seen = Array.from({ length: batch }, (_, slot) => see(toRaster(windows, slot, size)));
      return datasets.map((dataset) => {
        const classes = card.datasets.find((d) => d.id === dataset)!.classes.length;
        const logits = new Float32Array(batch * queries * classes).fill(FILLER_LOGIT);
        const points = new Float32Array(batch * queries * 2).fill(0.5);
        for (const [slot, nuclei] of seen.entries()) {
          for (const [i, nucleus] of nuclei.slice(0, queries).entries()) {
            const query = slot * queries + i;
            logits[query * classes + (nucleus.class % classes)] = nucleus.logit;
            points.set([nucleus.x / width, nucleus.y / height], query * 2);
          }
        }
        return { dataset, queries, classes, logits, points };
      });
    },
    async close() {},
  };
}
