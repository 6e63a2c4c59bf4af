/**
 * The log: one JSON object per line on standard output.
 *
 * @module
 */
import { type Logger, pino } from 'pino';
import { UniCellError } from '../../shared/errors.ts';

export type Log = Logger;

/** Headers and members that hold what must not be read by who reads logs. */
const SECRETS = ['authorization', 'cookie', 'apiKeys', 'secret', 'password'];

/** @param level Of `LOG_LEVEL`. */
export function openLog(level: string): Log {
  return pino({
    level,
    base: { service: 'unicell-gpu', pid: process.pid },
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: { paths: SECRETS.flatMap((name) => [name, `*.${name}`]), censor: '***' },
    formatters: { level: (label) => ({ level: label }) },
    serializers: { err: errorForLog },
  });
}

/** An error with its causes; of an expected one the code says more than the stack. */
function errorForLog(error: unknown): unknown {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? {} : { cause: errorForLog(error.cause) };
  return error instanceof UniCellError
    ? { code: error.code, message: error.message, ...cause }
    : { type: error.name, message: error.message, stack: error.stack, ...cause };
}
