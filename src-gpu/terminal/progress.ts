import { Presets, SingleBar } from 'cli-progress';

/** A bar on stderr while work runs; nothing where nobody watches (a pipe, a file, CI). */
export interface Progress {
  update(done: number, total: number): void;
  /** Ends the bar and gives the cursor back. */
  stop(): void;
}

/** @param unit What is counted, in the plural: `windows`, `images`. */
export function startProgress(unit: string): Progress {
  if (!process.stderr.isTTY) return { update() {}, stop() {} };
  const bar = new SingleBar(
    {
      format: `{bar} {percentage}% | {value}/{total} ${unit} | {speed} ${unit}/s | {duration_formatted}, {eta_formatted} left`,
      stream: process.stderr,
      hideCursor: true,
      // Updates that the time left is estimated from; few of them make it jump.
      etaBuffer: 100,
    },
    Presets.shades_classic,
  );
  let isRunning = false;
  let first = { done: 0, ms: 0 };
  return {
    update(done, total) {
      if (!isRunning) {
        // What was done before the start says nothing of the speed.
        first = { done, ms: Date.now() };
        bar.start(total, done, { speed: '-' });
      }
      const seconds = (Date.now() - first.ms) / 1000;
      if (seconds > 0) bar.update(done, { speed: ((done - first.done) / seconds).toPrecision(3) });
      isRunning = true;
    },
    stop() {
      if (isRunning) bar.stop();
      isRunning = false;
    },
  };
}
