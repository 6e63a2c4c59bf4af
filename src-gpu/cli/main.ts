/**
 * The process behind the `unicell` command: signals, exit codes, and where errors go.
 *
 * Exit codes: 0 done, 1 unexpected failure, 2 bad input, 128 + signal when interrupted (130 for Ctrl-C).
 *
 * @module
 */
import { constants } from 'node:os';
import { CommanderError } from 'commander';
import { UniCellError } from '../../shared/errors.ts';
import { createProgram } from './program.ts';

/** Codes of failures that no other input would have avoided. */
const unexpected: ReadonlySet<string> = new Set(['MODEL_OUTPUT_INVALID']);

/** After this long a second Ctrl-C no longer waits for the work to stop by itself. */
const patienceMs = 1000;

const abort = new AbortController();
let interruptedAtMs = 0;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    const code = 128 + constants.signals[signal];
    if (abort.signal.aborted && Date.now() - interruptedAtMs > patienceMs) process.exit(code);
    if (abort.signal.aborted) return;
    interruptedAtMs = Date.now();
    process.exitCode = code;
    abort.abort(signal);
  });
}

// A reader that has seen enough (`unicell datasets | head -1`) is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  process.exit(error.code === 'EPIPE' ? 0 : 1);
});

const args = process.argv.slice(2);
try {
  await createProgram(abort.signal).parseAsync(args, { from: 'user' });
} catch (error) {
  process.exitCode = report(error, args.includes('--json'));
}

/** Says what went wrong on stderr and returns the exit code. */
function report(error: unknown, asJson: boolean): number {
  if (abort.signal.aborted) {
    console.error('Stopped; nothing was written.');
    return Number(process.exitCode);
  }
  // Commander has printed its message, or the help that was asked for.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  const isExpected = error instanceof UniCellError && !unexpected.has(error.code);
  const code = error instanceof UniCellError ? error.code : 'UNEXPECTED';
  const message = error instanceof Error ? error.message : String(error);
  if (asJson) console.error(JSON.stringify({ error: { code, message } }));
  else
    console.error(isExpected ? `unicell: ${message}` : `unicell: unexpected failure: ${message}`);
  if (!isExpected && error instanceof Error && !asJson) console.error(error.stack);
  return isExpected ? 2 : 1;
}
