/**
 * A folder that all test files of a run share, for what is costly to make and the same for all of them.
 *
 * @module
 */
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** Names the folder to the processes that run the tests. */
const variable = 'UNICELL_TEST_RUN_FOLDER';
const patienceMs = 120_000;
const made = new Map<string, Promise<string>>();

/** Global set-up of vitest. */
export function setup(): () => void {
  const folder = newFolder();
  process.env[variable] = folder;
  return () => rmSync(folder, { recursive: true, force: true });
}

/**
 * Makes a folder once for all test files of a run: the first that asks makes it and the others wait. Outside of
 * a run, as in a benchmark, once for the process.
 *
 * @param make Fills the folder that it is given; the others see nothing of it before it is done.
 * @throws Error with the words of `make` in every file that asks, when it failed.
 */
export function oncePerRun(
  name: string,
  make: (folder: string) => void | Promise<void>,
): Promise<string> {
  const known = made.get(name) ?? makeOrWait(name, make);
  made.set(name, known);
  return known;
}

async function makeOrWait(
  name: string,
  make: (folder: string) => void | Promise<void>,
): Promise<string> {
  const folder = join(runFolder(), name);
  const [work, failed] = [`${folder}.making`, `${folder}.failed`];
  if (isFirst(`${folder}.taken`)) {
    try {
      mkdirSync(work);
      await make(work);
      await rename(work, folder);
      return folder;
    } catch (error) {
      writeFileSync(failed, String(error));
      throw error;
    }
  }
  for (const start = Date.now(); Date.now() - start < patienceMs; await sleep(20)) {
    if (existsSync(folder)) return folder;
    if (existsSync(failed)) break;
  }
  throw new Error(`"${name}" was not made: the test file that began it failed, or was ended.`);
}

/** Of several processes one can create the file. */
function isFirst(file: string): boolean {
  try {
    writeFileSync(file, '', { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function runFolder(): string {
  process.env[variable] ??= ownFolder();
  return process.env[variable];
}

function ownFolder(): string {
  const folder = newFolder();
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

function newFolder(): string {
  return mkdtempSync(join(tmpdir(), 'unicell-test-run-'));
}
