/**
 * The process behind the `unicell` command: signals, exit codes, and where errors go.
 *
 * Exit codes: 0 done, 1 unexpected failure, 2 bad input, 3 done with parts of a slide missing, 128 + signal
 * when interrupted (130 for Ctrl-C).
 *
 * @module
 */
import { constants } from 'node:os';
import { CommanderError } from 'commander';
import { UniCellError } from '../../shared/errors.ts';
import { createProgram } from './program.ts';
import { Stopped } from './stopped.ts';

/** Codes of failures that no other input would have avoided. */
const unexpected: ReadonlySet<string> = new Set(['MODEL_OUTPUT_INVALID']);

/** After this long a second Ctrl-C no longer waits for the work to stop by itself. */
const patienceMs = 1000;

const abort = new AbortController();
let interruptedAtMs = 0;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    const code = 128 + constants.signals[signal];
    if (abort.signal.aborted && Date.now() - interruptedAtMs > patienceMs) endAtOnce(signal, code);
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
const isJson = args.includes('--json');
try {
  const writeError = (text: string) => {
    if (!isJson) process.stderr.write(text);
  };
  await createProgram(abort.signal, writeError).parseAsync(args, { from: 'user' });
} catch (error) {
  process.exitCode = report(error);
}

/** Ends the process by the signal itself: `process.exit` waits for threads that read, and a disk may never answer. */
function endAtOnce(signal: NodeJS.Signals, code: number): never {
  // The last listener: those before it remove what is half written.
  process.once('exit', () => {
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
  process.exit(code);
}

/** Says what went wrong on stderr and returns the exit code. */
function report(error: unknown): number {
  if (abort.signal.aborted) {
    const isKept = error instanceof Stopped;
    console.error(isKept ? error.message : 'Stopped; nothing was written.');
    return Number(process.exitCode);
  }
  if (error instanceof CommanderError) {
    // It has written its message, or the help that was asked for.
    if (isJson && error.exitCode !== 0) writeJson('INVALID_OPTIONS', error.message);
    return error.exitCode === 0 ? 0 : 2;
  }
  const isExpected = error instanceof UniCellError && !unexpected.has(error.code);
  const message = error instanceof Error ? error.message : String(error);
  if (isJson) {
    writeJson(error instanceof UniCellError ? error.code : 'UNEXPECTED', message);
  } else if (isExpected) {
    console.error(`unicell: ${message}`);
  } else {
    console.error('unicell: unexpected failure:', error);
  }
  return isExpected ? 2 : 1;
}

function writeJson(code: string, message: string): void {
  console.error(JSON.stringify({ error: { code, message } }));
}
