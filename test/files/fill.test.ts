/** The same tissue in a black field and in a white one. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runUnicell } from '../support/run-unicell.ts';
import { tempFolder } from '../support/temp-folder.ts';

const cases = join(import.meta.dirname, '../../../shared/cases');
const hasCases = existsSync(cases);
if (!hasCases) console.warn('SKIPPED: no ../shared/cases with files that people have.');

describe.skipIf(!hasCases)('a black field around tissue', () => {
  it('hides no nuclei and counts as glass', async () => {
    const out = tempFolder();
    const [black, white] = await Promise.all(
      ['e_blackpad.tif', 'e_whitepad.tif'].map(async (name) => {
        const args = ['detect', join(cases, name), '--dataset', 'consep', '--out', out, '--json'];
        const { stdout } = await runUnicell(args, { cwd: out });
        const { areaMm2, results } = JSON.parse(stdout);
        return { areaMm2, count: results[0].total.count as number };
      }),
    );
    expect(white!.count).toBeGreaterThan(150);
    expect(Math.abs(black!.count - white!.count)).toBeLessThanOrEqual(0.02 * white!.count);
    expect(black!.areaMm2).toBeCloseTo(white!.areaMm2, 2);
  });
});
