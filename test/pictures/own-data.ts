/** The picture of `examples/own-data`: its labels on the test picture, and beside it what a model of them finds. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import type { Nuclei } from '../../shared/nuclei/nuclei.ts';
import { drawOverlay } from '../../src-gpu/overlay/overlay.ts';
import { runUnicell } from '../support/run-unicell.ts';
import { type Label, labelsOf, MPP, OWN_CLASSES, ownField, testIndex } from './tissue.ts';

const COLOURS = ['#d55e00', '#0072b2', '#009e73'];

/**
 * @param models Folder with `trained/mine`, a model that the commands of docs/start-own-data.md made.
 * @param path Of a JPEG.
 */
export async function ownDataPicture(path: string, models: string): Promise<void> {
  const labels = labelsOf(ownField(testIndex));
  const found = await foundBy(join(models, 'trained/mine'));
  const halves = [
    await half('the labels of the test picture', labels),
    await half('the model of these commands', found),
  ];
  const { width = 0, height = 0 } = await sharp(halves[0]).metadata();
  const gap = 16;
  const canvas = { width: 2 * width + gap, height, channels: 3 as const, background: '#ffffff' };
  await sharp({ create: canvas })
    .composite(halves.map((input, i) => ({ input, left: i * (width + gap), top: 0 })))
    .jpeg({ quality: 85 })
    .toFile(path);
}

async function foundBy(model: string): Promise<Label[]> {
  const folder = mkdtempSync(join(tmpdir(), 'unicell-own-'));
  try {
    const { raster } = ownField(testIndex);
    const raw = { width: raster.width, height: raster.height, channels: 3 as const };
    await sharp(raster.data, { raw }).png().toFile(join(folder, 'f.png'));
    const args = ['detect', 'f.png', '--model', model, '--dataset', 'mine', '--mpp', String(MPP)];
    const { code, stderr } = await runUnicell(args, { cwd: folder });
    if (code !== 0) throw new Error(stderr);
    const result = JSON.parse(readFileSync(join(folder, 'out/f.mine.json'), 'utf8')) as {
      nuclei: { x: number; y: number; class: string }[];
    };
    return result.nuclei.map(({ x, y, class: name }) => ({ x, y, name }));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Twice as large as the picture is, so that rings can be told apart. */
async function half(title: string, labels: readonly Label[]): Promise<Buffer> {
  const { raster } = ownField(testIndex);
  const [width, height] = [raster.width * 2, raster.height * 2];
  const raw = { width: raster.width, height: raster.height, channels: 3 as const };
  const data = await sharp(raster.data, { raw }).resize(width, height).raw().toBuffer();
  const classes = OWN_CLASSES.map((name, i) => ({
    name,
    colour: COLOURS[i]!,
    count: labels.filter((label) => label.name === name).length,
  }));
  const drawn = await drawOverlay({ width, height, data: new Uint8Array(data) }, table(labels), {
    title,
    classes,
    mpp: MPP / 2,
  });
  const channels = 3;
  return sharp(drawn.data, { raw: { width: drawn.width, height: drawn.height, channels } })
    .png()
    .toBuffer();
}

function table(labels: readonly Label[]): Nuclei {
  return {
    length: labels.length,
    x: Float32Array.from(labels, ({ x }) => x * 2),
    y: Float32Array.from(labels, ({ y }) => y * 2),
    class: Uint8Array.from(labels, ({ name }) => OWN_CLASSES.indexOf(name)),
    score: new Float32Array(labels.length).fill(1),
  };
}
