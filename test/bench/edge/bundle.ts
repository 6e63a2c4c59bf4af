/** The size of what would be deployed, without the model. */

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { printPart } from '../report.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const out = mkdtempSync(join(tmpdir(), 'unicell-bundle-'));
try {
  const wrangler = join(root, 'node_modules/wrangler/bin/wrangler.js');
  execFileSync(process.execPath, [wrangler, 'deploy', '--dry-run', '--outdir', out], {
    cwd: root,
    env: { ...process.env, WRANGLER_SEND_METRICS: 'false' },
    stdio: 'ignore',
  });
  const files = readdirSync(out).filter((name) => !/\.map$|^README/.test(name));
  const bytes = files.map((name) => gzipSync(readFileSync(join(out, name))).length);
  printPart({ figures: { bundle_gzip_mb: bytes.reduce((sum, size) => sum + size, 0) / 1e6 } });
} finally {
  rmSync(out, { recursive: true });
}
