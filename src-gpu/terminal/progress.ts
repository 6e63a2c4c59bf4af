import { type Options, Presets, SingleBar } from 'cli-progress';
import { durationText } from './duration.ts';

/** Before anything is known of the speed, the time left comes as a word. */
const timeText: NonNullable<Options['formatTime']> = (seconds) =>
  Number.isFinite(seconds) ? durationText(seconds) : '-';

/** A bar on stderr while work runs; nothing where nobody watches (a pipe, a file, CI). */
export interface Progress {
  /** @param what What is worked on, where the bar is of several. */
  update(done: number, total: number, what?: string): void;
  /** Writes a line above the bar. */
  say(line: string): void;
  /** Ends the bar and gives the cursor back. */
  stop(): void;
}

/** @param unit What is counted, in the plural: `windows`, `images`. */
export function startProgress(unit: string): Progress {
  if (!process.stderr.isTTY) {
    return { update() {}, stop() {}, say: (line) => console.error(line) };
  }
  const bar = new SingleBar(
    {
      format: `{bar} {percentage}% | {what}{value}/{total} ${unit} | {speed} ${unit}/s | {duration_formatted}, {eta_formatted} left`,
      stream: process.stderr,
      hideCursor: true,
      // Updates that the time left is estimated from; few of them make it jump.
      etaBuffer: 100,
      formatTime: timeText,
    },
    Presets.shades_classic,
  );
  let isRunning = false;
  let first = { done: 0, ms: 0 };
  return {
    update(done, total, what) {
      const payload = { what: what === undefined ? '' : `${what} | ` };
      if (!isRunning) {
        // What was done before the start says nothing of the speed.
        first = { done, ms: Date.now() };
        bar.start(total, done, { speed: '-', ...payload });
      }
      if (bar.getTotal() !== total) bar.setTotal(total);
      const seconds = (Date.now() - first.ms) / 1000;
      const speed = seconds > 0 ? ((done - first.done) / seconds).toPrecision(3) : '-';
      bar.update(done, { speed, ...payload });
      isRunning = true;
    },
    say(line) {
      // The bar draws itself anew at its next turn.
      process.stderr.write(`${isRunning ? '\r\x1b[K' : ''}${line}\n`);
    },
    stop() {
      if (isRunning) bar.stop();
      isRunning = false;
    },
  };
}
