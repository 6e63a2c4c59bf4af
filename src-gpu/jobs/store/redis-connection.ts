/**
 * Connections to Redis, and what their errors mean.
 *
 * @module
 */
import { Redis, type RedisOptions } from 'ioredis';
import { UniCellError } from '../../../shared/errors.ts';

/** Attempts to reconnect before a command that waits is given up: about four seconds. */
const TRIES = 8;

const OPTIONS: RedisOptions = {
  retryStrategy: (times) => Math.min(times * 100, 1000),
  maxRetriesPerRequest: TRIES,
  connectTimeout: 5000,
  // A Redis that hangs keeps its connections; only this tells.
  commandTimeout: 5000,
};

/**
 * A connection that comes back by itself whenever Redis does.
 *
 * @param onError Hears what goes wrong; the connection goes on trying.
 * @throws {UniCellError} `CONFIGURATION_INVALID` when the URL is none of Redis.
 */
export function connect(
  url: string,
  onError: (error: Error) => void,
  options: RedisOptions = {},
): Redis {
  const protocol = URL.parse(url)?.protocol;
  if (protocol !== 'redis:' && protocol !== 'rediss:') {
    throw new UniCellError(
      'CONFIGURATION_INVALID',
      'REDIS_URL is not a URL of Redis; write redis://HOST:6379/0, or rediss:// for TLS.',
    );
  }
  const redis = new Redis(url, { ...OPTIONS, ...options });
  redis.on('error', onError);
  return redis;
}

/** Whether BullMQ says that a task is gone, or held under another token. */
export function isLeaseLost(error: unknown): boolean {
  const { code } = error as { code?: unknown };
  return typeof code === 'number' && code < 0;
}

/** Calls Redis, and says what it means that it does not answer. */
export async function guarded<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (cause) {
    if (cause instanceof UniCellError || !isConnectionError(cause)) throw cause;
    throw unavailable(cause);
  }
}

export function unavailable(cause?: unknown): UniCellError {
  return new UniCellError(
    'STORE_UNAVAILABLE',
    'Redis does not answer, so jobs cannot be read or changed now. Nothing that was stored is lost; send it again when Redis is back.',
    { cause },
  );
}

/** Redis itself says LOADING, READONLY, MASTERDOWN and the like where it cannot serve at the moment. */
function isConnectionError(error: unknown): boolean {
  const { name, message, code } = error as { name?: string; message?: string; code?: unknown };
  return (
    name === 'MaxRetriesPerRequestError' ||
    name === 'ConnectionClosedError' ||
    typeof code === 'string' ||
    /^(LOADING|READONLY|MASTERDOWN|OOM|MISCONF|CLUSTERDOWN|NOREPLICAS)|^Command timed out|Connection is closed|Stream isn't writeable/.test(
      message ?? '',
    )
  );
}
