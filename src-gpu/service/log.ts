/**
 * The log: lines for people on a terminal, else one JSON object per line.
 *
 * @module
 */
import { destination, type Logger, pino } from 'pino';
import pretty from 'pino-pretty';
import { UniCellError } from '../../shared/errors.ts';

export type Log = Logger;

/** Headers and members that hold what must not be read by who reads logs. */
const SECRETS = ['authorization', 'cookie', 'apiKeys', 'secret', 'password'];

/** How a log is written: `auto` is `text` on a terminal, and `json` elsewhere. */
export type LogFormat = 'auto' | 'text' | 'json';

/**
 * @param level Of `LOG_LEVEL`.
 * @param format Of `LOG_FORMAT`.
 * @param fd Standard output, or 2 where that is for other things.
 */
export function openLog(level: string, format: LogFormat = 'auto', fd: 1 | 2 = 1): Log {
  const options = {
    level,
    base: { service: 'unicell-gpu', pid: process.pid },
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: { paths: SECRETS.flatMap((name) => [name, `*.${name}`]), censor: '***' },
    formatters: { level: (label: string) => ({ level: label }) },
    serializers: { err: errorForLog },
  };
  const isText = format === 'text' || (format === 'auto' && process.stdout.isTTY);
  return isText ? pino(options, textLines(fd)) : pino(options, destination({ fd, sync: true }));
}

/** The same lines for people: the time of day, how grave it is, the message, and then what belongs to it. */
function textLines(destination: 1 | 2) {
  return pretty({
    destination,
    colorize: process.stdout.isTTY,
    translateTime: 'SYS:HH:MM:ss',
    ignore: 'pid,hostname,service,settings,version',
    singleLine: true,
    sync: true,
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
