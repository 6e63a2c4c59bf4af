/** The four commands of docs/start-own-data.md: from QuPath's annotations to a model at the edge. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type SyntheticField, syntheticField } from '../src-gpu/demo/synthetic/field.ts';
import { startPlainWorkerd } from './support/plain-workerd.ts';
import { findPython } from './support/python.ts';
import { runUnicell } from './support/run-unicell.ts';
import { tempFolder } from './support/temp-folder.ts';

const python = findPython();
if (python === undefined) {
  console.warn('SKIPPED: no Python with models[dev,export], so nothing is trained on own data.');
}

const folder = tempFolder();
const annotated = join(folder, 'annotated');
const data = join(folder, 'data');
const models = join(folder, 'models');
const mine = join(models, 'mine');
const side = 192;

function png({ raster }: SyntheticField): Promise<Buffer> {
  const raw = { width: raster.width, height: raster.height, channels: 3 as const };
  return sharp(raster.data, { raw }).png().toBuffer();
}

/** Pictures in folders of their splits, and beside each what QuPath exports of it. */
async function writeOwnData(): Promise<void> {
  for (const [seed, split] of ['train', 'train', 'val', 'test'].entries()) {
    const field = syntheticField({ width: side, height: side, seed: 20 + seed });
    mkdirSync(join(annotated, split), { recursive: true });
    const stem = join(annotated, split, `field-${seed}`);
    writeFileSync(`${stem}.png`, await png(field));
    const features = field.nuclei.map(({ x, y, kind }) => ({
      type: 'Feature',
      geometry: { type: 'Point', coordinates: [x, y] },
      properties: {
        objectType: 'annotation',
        classification: { name: kind === 'lymphocyte' ? 'Lymphocyte' : 'Other' },
      },
    }));
    writeFileSync(`${stem}.geojson`, JSON.stringify({ type: 'FeatureCollection', features }));
  }
}

describe.skipIf(python === undefined)('own data', () => {
  it('becomes a model at the edge in four commands', async () => {
    await writeOwnData();
    const classes = 'Lymphocyte,Other';
    const own = ['import', 'own', annotated, '--classes', classes, '--source-mpp', '0.5'];
    const imported = await runUnicell([...own, '--out', 'data/mine'], { cwd: folder });
    expect([imported.code, imported.stderr]).toEqual([0, '']);
    const run = join(folder, 'run');
    const short = ['--steps', '4', '--set', 'dense_steps=2', '--set', 'batch=1'];
    const train = [
      '-m',
      'unicell.train',
      '--data',
      data,
      '--dataset',
      'mine',
      '--classes',
      classes,
    ];
    expect(python!(...train, '--out', run, ...short)).toMatch(/^starts from .*compact\.pt$/m);
    python!('-m', 'unicell.export', join(run, 'weights.pt'), '--data', data, '--out', mine);
    python!('-m', 'unicell.quantise', mine, '--data', data);
    const report = [
      'report',
      '--data',
      data,
      '--model',
      mine,
      '--split',
      'test',
      '--out',
      'report',
    ];
    const reported = await runUnicell([...report, '--precision', 'int8'], { cwd: folder });
    expect(reported.stderr).toBe('');
    expect(readFileSync(join(folder, 'report/report.md'), 'utf8')).toMatch(/^\| mine \| 1 \|/m);
    expect(JSON.parse(readFileSync(join(run, 'log.json'), 'utf8'))).toMatchObject({
      schema: 1,
      config: { id: 'mine', train: { steps: 4 } },
      data: { mine: { train: { pictures: 2 }, val: { pictures: 1 } } },
    });

    const variables = { UNICELL_ENV: 'local', MODEL: 'mine', QUEUE_WAIT_MS: '60000' };
    const edge = await startPlainWorkerd({ models, variables });
    onTestFinished(() => edge.close());
    const response = await fetch(`${edge.url}/v1/detect?dataset=mine&mpp=0.5`, {
      method: 'POST',
      headers: { 'content-type': 'image/png' },
      body: new Uint8Array(await png(syntheticField({ width: side, height: side, seed: 40 }))),
    });
    expect(response.status).toBe(200);
    const found = (await response.json()) as { results: { count: number }[] };
    expect(found).toMatchObject({
      model: { id: 'mine' },
      results: [{ dataset: { id: 'mine', classes: ['Lymphocyte', 'Other'] } }],
    });
    // It starts from weights that know nuclei, and keeps that.
    expect(found.results[0]!.count).toBeGreaterThan(20);
  });
});
