/** The five commands of docs/training.md: from images.csv and points.csv to a model at the edge. */
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
const data = join(folder, 'data');
const models = join(folder, 'models');
const mine = join(models, 'mine');
const side = 192;

/** The preset of the document, with a model that a test can wait for. */
const preset = `
extends = "compact"
id = "mine"

[[datasets]]
id = "mine"
name = "Mine"
classes = ["Lymphocyte", "Other"]
labels = ["lymphocyte", "other"]
prompt_categories = ["Lymphoctes", "Epithelial", "Stromal"]

[tokens]
"Mine" = [3347, 269]

[model]
window = 128
dim = 32
head_dim = 32
queries = 100
train_queries = 50
`;

function png({ raster }: SyntheticField): Promise<Buffer> {
  const raw = { width: raster.width, height: raster.height, channels: 3 as const };
  return sharp(raster.data, { raw }).png().toBuffer();
}

async function writeOwnData(): Promise<void> {
  const home = join(data, 'mine');
  mkdirSync(join(home, 'images'), { recursive: true });
  const images = ['image,split,width,height,mpp'];
  const points = ['image,x,y,class'];
  for (const [seed, split] of ['train', 'train', 'val', 'test'].entries()) {
    const field = syntheticField({ width: side, height: side, seed: 20 + seed });
    const name = `${split}-${seed}.png`;
    writeFileSync(join(home, 'images', name), await png(field));
    images.push(`${name},${split},${side},${side},0.5`);
    for (const { x, y, kind } of field.nuclei) {
      points.push(`${name},${x},${y},${kind === 'lymphocyte' ? 'lymphocyte' : 'other'}`);
    }
  }
  writeFileSync(join(home, 'images.csv'), `${images.join('\n')}\n`);
  writeFileSync(join(home, 'points.csv'), `${points.join('\n')}\n`);
}

describe.skipIf(python === undefined)('own data', () => {
  it('becomes a model at the edge in five commands', async () => {
    await writeOwnData();
    const toml = join(folder, 'mine.toml');
    writeFileSync(toml, preset);
    const run = join(folder, 'run');
    const short = ['--steps', '4', '--set', 'dense_steps=2', '--set', 'warmup_steps=1'];
    python!('-m', 'unicell.train', '--preset', toml, '--data', data, '--out', run, ...short);
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
    expect(readFileSync(join(folder, 'report/report.md'), 'utf8')).toMatch(/^\| Mine \| 1 \|/m);
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
    expect(await response.json()).toMatchObject({
      model: { id: 'mine' },
      results: [{ dataset: { id: 'mine' } }],
    });
  });
});
