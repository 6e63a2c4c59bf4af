/**
 * `unicell mcp`: the tools of UniCell for a program that starts this one and speaks with it over its standard streams.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import { realpath } from 'node:fs/promises';
import { serveStdio } from '@modelcontextprotocol/server/stdio';
import software from '../../package.json' with { type: 'json' };
import { UniCellClient } from '../../shared/client/client.ts';
import { UniCellError } from '../../shared/errors.ts';
import { findAllowedPath } from '../jobs/source/allowed-path.ts';
import { mcpServer } from '../mcp/mcp-server.ts';
import { openLog } from '../service/log.ts';
import { type Service, startService } from '../service/service.ts';
import { readServiceSettings } from '../service/settings.ts';
import { makeCacheFolder } from '../terminal/cache-folder.ts';

export interface McpCommandOptions {
  /** Folders whose pictures and slides may be read. */
  readonly allow: readonly string[];
  /** A service elsewhere; one of this process when left out. */
  readonly url?: string;
  readonly model: string;
}

/**
 * Serves until the other side closes the stream, or the signal is aborted.
 *
 * @throws {UniCellError} `SOURCE_NOT_FOUND` for a folder that is none, `ENGINE_FAILED` when the model can run no more, and what
 *   starting the service throws.
 */
export async function mcpCommand(
  { allow, url, model }: McpCommandOptions,
  signal: AbortSignal,
): Promise<void> {
  const folders = await Promise.all(allow.map(realFolder));
  // Standard output is for the protocol alone.
  const service = url === undefined ? await localService(folders, model) : undefined;
  try {
    const key = service ? undefined : process.env.UNICELL_KEY;
    const client = new UniCellClient({ url: url ?? service!.url, key });
    const files = {
      folders,
      isShared: service !== undefined,
      find: (path: string) => findAllowedPath(path, folders),
    };
    const handle = serveStdio(() => mcpServer({ client, files, version: software.version }));
    const end = endOf(signal);
    const fault = await Promise.race([end, service?.broken ?? end]);
    await handle.close();
    if (fault !== undefined) throw new UniCellError('ENGINE_FAILED', fault);
  } finally {
    await service?.stop();
  }
}

async function localService(folders: readonly string[], model: string): Promise<Service> {
  // Jobs are run by who shares their store, and another's slides may not be read by this one.
  const whose = createHash('sha256')
    .update(JSON.stringify([folders, model]))
    .digest('hex');
  const data = await makeCacheFolder('mcp', whose.slice(0, 32));
  const settings = readServiceSettings({
    UNICELL_ENV: 'local',
    PORT: '0',
    MODEL: model,
    DATA_FOLDER: data,
    MIN_FREE_BYTES: '0',
  });
  // As a variable, a comma in a path would make two of it.
  return startService({ ...settings, SLIDE_FOLDERS: [...folders] }, openLog('warn', 'json', 2));
}

async function realFolder(folder: string): Promise<string> {
  return realpath(folder).catch((cause: NodeJS.ErrnoException) => {
    throw new UniCellError(
      'SOURCE_NOT_FOUND',
      `--allow ${folder} cannot be opened (${cause.code}). Pass folders of pictures and slides.`,
      { cause },
    );
  });
}

/** When the other side has gone, or this one is to. */
function endOf(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    const end = () => resolve(undefined);
    process.stdin.once('end', end);
    process.stdin.once('close', end);
    if (signal.aborted) end();
    signal.addEventListener('abort', end, { once: true });
  });
}
