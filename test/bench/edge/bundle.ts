/** The size of what would be deployed, without the model. */

import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { bundleEdge } from '../../support/plain-workerd.ts';
import { printPart } from '../report.ts';

const out = mkdtempSync(join(tmpdir(), 'unicell-bundle-'));
try {
  bundleEdge(out);
  const files = readdirSync(out).filter((name) => !/\.map$|^README/.test(name));
  const bytes = files.map((name) => gzipSync(readFileSync(join(out, name))).length);
  printPart({ figures: { bundle_gzip_mb: bytes.reduce((sum, size) => sum + size, 0) / 1e6 } });
} finally {
  rmSync(out, { recursive: true });
}
