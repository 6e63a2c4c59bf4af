/** What `unicell import` prints and writes, run as a user runs it. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { picture, writeFiles } from '../../test/support/published.ts';
import { runUnicell } from '../../test/support/run-unicell.ts';
import { tempFolder } from '../../test/support/temp-folder.ts';

const folder = tempFolder();
const run = (...args: string[]) => runUnicell(['import', ...args], { cwd: folder });

const name = 'TCGA-A7-A0D9-01Z-00-DX2_1_1_9_9_0.98';
writeFiles(folder, {
  [`source/images/${name}.png`]: await picture(40, 40),
  [`source/labels/${name}_gt_class_coords.txt`]: '17 37 1\n38 3 2\n0 50 3\n',
  'source/brca_ds_train.txt': `${name}.png\n`,
  'source/brca_ds_val.txt': '',
  'source/brca_ds_test.txt': '',
});

describe('unicell import', () => {
  it('prints what it imported and what it left out', async () => {
    const { code, stdout, stderr } = await run('brca-m2c', 'source', '--out', 'text', '--mpp', '1');
    expect(stderr).toBe('');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^BRCA-M2C imported to text\. Licence: BSD-3-Clause\.\n/);
    expect(stdout).toMatch(/train +1 +2 +1 +0 +1 +0\n/);
    expect(stdout).toMatch(/Left out: 1 nuclei outside their picture\.\n$/);
    expect(readFileSync(join(folder, 'text/points.csv'), 'utf8')).toBe(
      `image,x,y,class\n${name}.png,18.5,8.5,lymphocyte\n${name}.png,1.5,19,tumor_epithelial\n`,
    );
  });

  it('answers in JSON, with a split that is dealt', async () => {
    const args = ['--out', 'json', '--split', '0/0/100', '--seed', '7', '--json'];
    const { code, stdout } = await run('brca-m2c', 'source', ...args);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual({
      dataset: 'brca-m2c',
      out: 'json',
      splits: [
        {
          split: 'test',
          images: 1,
          nuclei: 2,
          classes: { tumor_epithelial: 1, stromal: 0, lymphocyte: 1 },
          unknown: 0,
        },
      ],
      ignored: 0,
      leftOut: [{ what: 'nuclei outside their picture', count: 1 }],
    });
  });

  it('ends with 2 and nothing written when the input is bad', async () => {
    const { code, stdout, stderr } = await run('ocelot', 'source', '--out', 'bad');
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/^unicell: source holds no images\/SUBSET\/cell\/ID\.jpg/);
    expect(existsSync(join(folder, 'bad'))).toBe(false);
  });
});
