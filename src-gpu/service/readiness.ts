/**
 * Whether the service can do its work, and if not, what is missing.
 *
 * @module
 */
import { statfs } from 'node:fs/promises';
import type { Readiness } from '../../shared/api/adapters.ts';
import { UniCellError } from '../../shared/errors.ts';
import type { EngineHost } from '../engine/engine-host.ts';

export interface ReadinessParts {
  readonly engine: Pick<EngineHost, 'provider' | 'providerNote' | 'failure'>;
  readonly role: string;
  /** Folder of jobs and temporary files. */
  readonly folder: string;
  readonly minFreeBytes: number;
  /** What else must answer, by name: each throws when it does not. */
  readonly checks: Readonly<Record<string, () => Promise<void>>>;
  readonly isStopping: () => boolean;
}

/**
 * Looks at everything once.
 *
 * @throws {UniCellError} `NOT_READY`, naming what is missing.
 */
export async function readinessOf(parts: ReadinessParts): Promise<Readiness> {
  const { engine, role, folder, minFreeBytes, checks } = parts;
  if (parts.isStopping()) throw notReady('it is stopping');
  if (engine.failure !== undefined) throw notReady(engine.failure);
  const names = Object.keys(checks);
  await Promise.all(
    names.map((name) =>
      checks[name]!().catch((cause) => {
        throw notReady(`the ${name} does not answer: ${messageOf(cause)}`, cause);
      }),
    ),
  );
  const { bavail, bsize } = await statfs(folder);
  if (bavail * bsize < minFreeBytes) {
    throw notReady(
      `the disk of DATA_FOLDER has ${bavail * bsize} free bytes, fewer than MIN_FREE_BYTES`,
    );
  }
  const { provider, providerNote } = engine;
  return {
    role,
    provider,
    ...(providerNote === undefined ? {} : { providerNote }),
    checks: Object.fromEntries(['engine', 'disk', ...names].map((name) => [name, 'ok'])),
  };
}

function notReady(why: string, cause?: unknown): UniCellError {
  return new UniCellError('NOT_READY', `The service is not ready: ${why}.`, { cause });
}

function messageOf(cause: unknown): string {
  return (cause instanceof Error ? cause.message : String(cause)).replace(/\.$/, '');
}
