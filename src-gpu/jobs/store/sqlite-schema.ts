/**
 * The tables of the SQLite store, and how their file is opened.
 *
 * @module
 */
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { UniCellError } from '../../../shared/errors.ts';

/** Grows with every change of the tables; kept in the file as `user_version`. */
const SCHEMA_VERSION = 3;

/** How long a write waits for that of another process; everything else in this one waits with it. */
const LOCK_MS = 2000;

/** `free_at` is the time (ms, of the store's clock) from which a task may be taken: it waits, is delayed or leased. */
const TABLES = `
  CREATE TABLE jobs (
    id TEXT PRIMARY KEY,
    caller TEXT NOT NULL,
    status TEXT NOT NULL,
    idempotency_key TEXT,
    last_event INTEGER NOT NULL DEFAULT 0,
    record TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX jobs_by_caller ON jobs (caller, id);
  CREATE INDEX jobs_by_status ON jobs (status, caller, id);
  CREATE UNIQUE INDEX jobs_by_key ON jobs (caller, idempotency_key)
    WHERE idempotency_key IS NOT NULL;
  CREATE TABLE events (
    job TEXT NOT NULL REFERENCES jobs ON DELETE CASCADE,
    id INTEGER NOT NULL,
    type TEXT NOT NULL,
    data TEXT NOT NULL,
    PRIMARY KEY (job, id)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE tasks (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    job TEXT NOT NULL REFERENCES jobs ON DELETE CASCADE,
    attempt INTEGER NOT NULL,
    kind TEXT NOT NULL,
    chunk INTEGER NOT NULL,
    priority REAL NOT NULL,
    free_at INTEGER NOT NULL DEFAULT 0,
    token TEXT,
    node TEXT,
    lost INTEGER NOT NULL DEFAULT 0,
    failures INTEGER NOT NULL DEFAULT 0,
    UNIQUE (job, attempt, kind, chunk)
  ) STRICT;
  CREATE INDEX tasks_in_order ON tasks (priority DESC, seq);
`;

/** Since version 2. */
const CLOCK = `
  CREATE TABLE clock (now INTEGER NOT NULL) STRICT;
  INSERT INTO clock VALUES (0);
`;

/**
 * Opens the file, making folder, file and tables where there are none.
 *
 * @throws {UniCellError} `CONFIGURATION_INVALID` for a file of a newer version, or one that is none.
 */
export function openDatabase(path: string): DatabaseSync {
  let database: DatabaseSync | undefined;
  try {
    mkdirSync(dirname(path), { recursive: true });
    database = new DatabaseSync(path, { timeout: LOCK_MS });
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL');
    if (versionOf(database) < SCHEMA_VERSION) bringUpToDate(database);
    checkVersion(versionOf(database), path);
    return database;
  } catch (cause) {
    database?.close();
    if (cause instanceof UniCellError) throw cause;
    throw new UniCellError(
      'CONFIGURATION_INVALID',
      `The job store ${path} cannot be opened: ${(cause as Error).message}. It must be a SQLite file of this service in a folder that can be written to, on a local disk.`,
      { cause },
    );
  }
}

/** Makes what the file lacks. Two services may start at once: the second waits for the first's tables. */
function bringUpToDate(database: DatabaseSync): void {
  database.exec('BEGIN IMMEDIATE');
  const version = versionOf(database);
  if (version < 2) database.exec(CLOCK);
  if (version === 0) database.exec(TABLES);
  // What had been begun often counts as never lost: drains were in that number too.
  else if (version < 3) {
    database.exec(`ALTER TABLE tasks ADD COLUMN lost INTEGER NOT NULL DEFAULT 0;
                   ALTER TABLE tasks DROP COLUMN tries`);
  }
  if (version < SCHEMA_VERSION) database.exec(`PRAGMA user_version = ${SCHEMA_VERSION}`);
  database.exec('COMMIT');
}

function versionOf(database: DatabaseSync): number {
  const row = database.prepare('PRAGMA user_version').get() as { user_version: number };
  return row.user_version;
}

function checkVersion(version: number, path: string): void {
  if (version <= SCHEMA_VERSION) return;
  throw new UniCellError(
    'CONFIGURATION_INVALID',
    `The job store ${path} was made by a newer version (schema ${version}, known up to ${SCHEMA_VERSION}). Start that version, or use another file.`,
  );
}
