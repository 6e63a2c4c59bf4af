/**
 * The service as `unicell serve` starts it, in a process of its own.
 *
 * @module
 */

import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export interface ServiceProcess {
  readonly url: string;
  readonly model: string;
  /** A folder that is removed in the end. */
  readonly folder: string;
  /** Memory that the process holds, in MB. */
  readonly rssMb: () => number;
  /** Processor time of all its threads since it started, in ms; only on Linux. */
  readonly cpuMs: () => number;
  /** Drains; throws when the process does not end well. */
  readonly stop: () => Promise<void>;
}

/** @param variables Settings besides; with keys among them the service asks for keys. */
export async function startServiceProcess(
  variables: Readonly<Record<string, string>> = {},
): Promise<ServiceProcess> {
  const folder = mkdtempSync(join(tmpdir(), 'unicell-load-'));
  const program = fileURLToPath(new URL('../../../src-gpu/unicell.mjs', import.meta.url));
  const access = variables.API_KEYS === undefined ? ['--local'] : [];
  const folders = { DATA_FOLDER: join(folder, 'data'), RATE_LIMIT: '1000000000' };
  const child = spawn(process.execPath, [program, 'serve', ...access, '--port', '0'], {
    env: { ...process.env, ...folders, ...variables },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  // Also when the bench fails.
  process.once('exit', () => child.kill('SIGKILL'));
  const ended = new Promise<number | null>((resolve) => child.on('exit', resolve));
  let model = '';
  const url = await new Promise<string>((resolve, reject) => {
    child.on('exit', () => reject(new Error('The service ended before it listened.')));
    createInterface({ input: child.stdout }).on('line', (line) => {
      const entry = JSON.parse(line) as { msg: string; level: string; url: string; model: string };
      if (entry.msg === 'model loaded') model = entry.model;
      if (entry.msg === 'listening') resolve(entry.url);
      if (entry.level === 'error' || entry.level === 'fatal') console.error(line);
    });
  });
  return {
    ...{ url, model, folder },
    rssMb: () => {
      const kib = execFileSync('ps', ['-o', 'rss=', '-p', String(child.pid)], { encoding: 'utf8' });
      return (Number(kib) * 1024) / 1e6;
    },
    cpuMs: () => {
      const text = readFileSync(`/proc/${child.pid}/stat`, 'latin1');
      // Times of user and system, in hundredths of a second, after the name in brackets.
      const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
      return (Number(fields[11]) + Number(fields[12])) * 10;
    },
    async stop() {
      child.kill('SIGTERM');
      const code = await ended;
      rmSync(folder, { recursive: true, force: true });
      if (code !== 0) throw new Error(`The service ended with ${code}, and not with 0.`);
    },
  };
}
