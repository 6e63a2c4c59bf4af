import { Redis } from 'ioredis';
import type { Check, Finding } from './check.ts';

/** BullMQ's scripts need this version of Redis, or Valkey, which states 7. */
const LEAST_MAJOR = 5;
const PATIENCE_MS = 3000;

/** The store that several nodes share, where one is named. */
export function redis(url: string | undefined): Check {
  return {
    id: 'redis',
    async run() {
      if (url === undefined) {
        return { status: 'ok', detail: 'REDIS_URL is not set: jobs are kept on this machine.' };
      }
      const client = new Redis(url, {
        lazyConnect: true,
        connectTimeout: PATIENCE_MS,
        commandTimeout: PATIENCE_MS,
        retryStrategy: () => null,
        maxRetriesPerRequest: 0,
      });
      let failure: Error | undefined;
      client.on('error', (error) => {
        failure = error;
      });
      try {
        await client.connect();
        return judge(await client.info());
      } catch (error) {
        const reason = failure ?? error;
        return {
          status: 'broken',
          detail: `The Redis of REDIS_URL does not answer: ${reason instanceof Error ? reason.message : reason}`,
          fix: 'Start it, or correct REDIS_URL (redis://user:password@host:6379, rediss:// with TLS).',
        };
      } finally {
        client.disconnect();
      }
    },
  };
}

function judge(info: string): Finding {
  const value = (name: string) => new RegExp(`^${name}:(.*)$`, 'm').exec(info)?.[1]?.trim();
  const version = value('redis_version') ?? 'unknown';
  if (Number.parseInt(version, 10) < LEAST_MAJOR) {
    return {
      status: 'broken',
      detail: `Redis is of version ${version}; BullMQ needs ${LEAST_MAJOR} or newer.`,
      fix: 'Update it.',
    };
  }
  const policy = value('maxmemory_policy');
  if (policy !== 'noeviction') {
    return {
      status: 'broken',
      detail: `Redis ${version} may forget jobs when its memory is full: maxmemory-policy is ${policy}.`,
      fix: 'Set `maxmemory-policy noeviction` in redis.conf.',
    };
  }
  return { status: 'ok', detail: `Redis ${version} answers.` };
}
