/**
 * What the BullMQ store does to jobs and their events in one step: Lua, run by Redis itself. All keys lie
 * below one prefix with a hash tag, so a Redis Cluster keeps them on one node.
 *
 * @module
 */
import type { Redis, Result } from 'ioredis';

/** Moves a job between the lists (sorted sets) of its status; `from` or `to` may be nil. */
const MOVE = `
  local function move(prefix, id, caller, from, to)
    for _, owner in ipairs({'*', caller}) do
      if from then redis.call('ZREM', prefix .. 'list:' .. owner .. ':' .. from, id) end
      if to then redis.call('ZADD', prefix .. 'list:' .. owner .. ':' .. to, 0, id) end
    end
  end
`;

const SCRIPTS = {
  /** prefix, id, caller, status, idempotency key or '', record -> the record that is kept. */
  createJob: `${MOVE}
    local prefix, id, caller, status, key, record = unpack(ARGV)
    local jobKey = prefix .. 'job:' .. id
    local sameId = redis.call('HGET', jobKey, 'record')
    if sameId then return sameId end
    if key ~= '' then
      local earlier = redis.call('HGET', prefix .. 'keys:' .. caller, key)
      local kept = earlier and redis.call('HGET', prefix .. 'job:' .. earlier, 'record')
      if kept then return kept end
      redis.call('HSET', prefix .. 'keys:' .. caller, key, id)
    end
    redis.call('HSET', jobKey, 'record', record, 'version', 1, 'caller', caller,
      'status', status, 'key', key)
    move(prefix, id, caller, nil, 'any')
    move(prefix, id, caller, nil, status)
    redis.call('PUBLISH', prefix .. 'changes', id)
    return record`,
  /** prefix, id, version that was read, status, record, events ... -> 1, or 0 when it was changed since. */
  updateJob: `${MOVE}
    local prefix, id, version, status, record = unpack(ARGV)
    local jobKey = prefix .. 'job:' .. id
    local now = redis.call('HMGET', jobKey, 'version', 'status', 'caller')
    if now[1] ~= version then return 0 end
    redis.call('HINCRBY', jobKey, 'version', 1)
    redis.call('HSET', jobKey, 'record', record, 'status', status)
    if now[2] ~= status then move(prefix, id, now[3], now[2], status) end
    for i = 6, #ARGV do redis.call('RPUSH', prefix .. 'events:' .. id, ARGV[i]) end
    redis.call('PUBLISH', prefix .. 'changes', id)
    return 1`,
  /** prefix, id -> 1, or 0 when there is none. */
  removeJob: `${MOVE}
    local prefix, id = unpack(ARGV)
    local jobKey = prefix .. 'job:' .. id
    local now = redis.call('HMGET', jobKey, 'status', 'caller', 'key')
    if not now[1] then return 0 end
    move(prefix, id, now[2], now[1], nil)
    move(prefix, id, now[2], 'any', nil)
    if now[3] ~= '' then redis.call('HDEL', prefix .. 'keys:' .. now[2], now[3]) end
    redis.call('DEL', jobKey, prefix .. 'events:' .. id)
    redis.call('PUBLISH', prefix .. 'changes', id)
    return 1`,
  /** set of task ids, prefix of the queue's keys -> those ids whose task is still in the queue. */
  openTaskIds: `
    local open = {}
    for _, id in ipairs(redis.call('SMEMBERS', ARGV[1])) do
      if redis.call('EXISTS', ARGV[2] .. id) == 1 then open[#open + 1] = id end
    end
    return open`,
} as const;

declare module 'ioredis' {
  interface RedisCommander<Context> {
    createJob(...values: string[]): Result<string, Context>;
    updateJob(...values: string[]): Result<number, Context>;
    removeJob(...values: string[]): Result<number, Context>;
    openTaskIds(...values: string[]): Result<string[], Context>;
  }
}

/** Makes the scripts methods of the connection. */
export function defineScripts(redis: Redis): void {
  for (const [name, lua] of Object.entries(SCRIPTS)) {
    redis.defineCommand(name, { numberOfKeys: 0, lua });
  }
}
