import { Presets, SingleBar } from 'cli-progress';

/** A bar on stderr while work runs; nothing where nobody watches (a pipe, a file, CI). */
export interface Progress {
  update(done: number, total: number): void;
  /** Ends the bar and gives the cursor back. */
  stop(): void;
}

/** @param unit What is counted, in the plural: `windows`, `pictures`. */
export function startProgress(unit: string): Progress {
  if (!process.stderr.isTTY) return { update() {}, stop() {} };
  const bar = new SingleBar(
    {
      format: `{bar} {percentage}% | {value}/{total} ${unit} | {duration_formatted}, {eta_formatted} left`,
      stream: process.stderr,
      hideCursor: true,
    },
    Presets.shades_classic,
  );
  let isRunning = false;
  return {
    update(done, total) {
      if (!isRunning) bar.start(total, done);
      isRunning = true;
      bar.update(done);
    },
    stop() {
      if (isRunning) bar.stop();
      isRunning = false;
    },
  };
}
