import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';

/** A fresh folder that is removed after the tests of the calling file. */
export function tempFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'unicell-test-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
