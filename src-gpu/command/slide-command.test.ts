/** `unicell detect` on slides: in parts, stopped, killed, damaged; run as a user runs it. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Finished, type RunOptions, runUnicell } from '../../test/support/run-unicell.ts';
import { tempFolder } from '../../test/support/temp-folder.ts';
import { writeTinyModel } from '../../test/support/tiny-model.ts';
import { writeTissue } from '../../test/support/tissue-slide.ts';

const folder = tempFolder();
const model = join(folder, 'model');
const run = (args: readonly string[], more: Partial<RunOptions> = {}) =>
  runUnicell(['detect', ...args, '--dataset', 'consep,ocelot', '--model', model, '--mpp', '0.5'], {
    cwd: folder,
    ...more,
  });
const formats = ['--format', 'json,json-columns,csv,qupath'];
const filesOf = (out: string) =>
  Object.fromEntries(
    readdirSync(join(folder, out))
      .filter((name) => !name.startsWith('.'))
      .sort()
      .map((name) => [name, readFileSync(join(folder, out, name), 'utf8')]),
  );
/** Acts as soon as there is something of the first chunk. */
function whenBegun(out: string, act: () => void): void {
  const chunks = join(folder, out, '.slide.unicell', 'chunks');
  const timer = setInterval(() => {
    if (!existsSync(chunks)) return;
    clearInterval(timer);
    act();
  }, 5);
}
const succeeded = ({ code, stderr }: Finished) =>
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });

beforeAll(async () => {
  await writeTinyModel(model, {}, { cells: 32 });
  await writeTissue(join(folder, 'slide.tif'));
  await sharp(join(folder, 'slide.tif')).png().toFile(join(folder, 'picture.png'));
  writeFileSync(
    join(folder, 'region.geojson'),
    JSON.stringify({
      type: 'FeatureCollection',
      features: [
        {
          type: 'Feature',
          properties: { objectType: 'annotation' },
          geometry: {
            type: 'Polygon',
            coordinates: [
              [
                [100, 3900],
                [2900, 200],
                [3800, 3800],
                [100, 3900],
              ],
            ],
          },
        },
      ],
    }),
  );
});

describe('unicell detect on a slide', () => {
  it.each([
    ['as a whole', []],
    ['in a region, for one class', ['--region', 'region.geojson', '--class', 'epithelial,tumor']],
  ])('gives what it gives for the picture, %s', async (name, more) => {
    const [asSlide, asImage] = [`slide ${name}`, `picture ${name}`];
    succeeded(await run(['slide.tif', '--tissue', 'none', '--out', asSlide, ...formats, ...more]));
    succeeded(await run(['picture.png', '--out', asImage, ...formats, ...more]));
    const images = Object.entries(filesOf(asImage));
    expect(images).toHaveLength(8);
    const renamed = images.map(([file, text]) => [
      file.replace('picture', 'slide'),
      text.replaceAll('picture.png', 'slide.tif'),
    ]);
    const slides = filesOf(asSlide);
    expect(Object.keys(slides)).toEqual(renamed.map(([file]) => file));
    for (const [file, text] of renamed) {
      // Ids hold the name of the image.
      if (!file!.endsWith('.geojson')) expect(slides[file!]).toBe(text);
      else expect(slides[file!]!.length).toBe(text!.length);
    }
  });

  it('skips glass, which changes neither nuclei nor densities', async () => {
    const report = async (...more: string[]) => {
      const finished = await run(['slide.tif', '--out', `mask${more.length}`, '--json', ...more]);
      expect(finished.code).toBe(0);
      return JSON.parse(finished.stdout);
    };
    const [masked, all] = [await report(), await report('--tissue', 'none')];
    expect(masked.windows).toBeLessThan(0.8 * all.windows);
    // Densities are over the tissue, whatever windows are run.
    expect(masked.areaMm2).toBeLessThan(0.8 * masked.imageAreaMm2);
    expect(masked.areaMm2).toBe(all.areaMm2);
    expect(masked.results[0].total.count).toBe(all.results[0].total.count);
    expect(masked.results[0].total.perMm2).toBe(all.results[0].total.perMm2);
    expect(masked.errors).toEqual([]);
  });

  it('killed on its way, it goes on where it was, to the same files', async () => {
    const args = ['slide.tif', '--tissue', 'none', ...formats, '--out'];
    succeeded(await run([...args, 'calm']));
    const killed = await run([...args, 'killed'], {
      onStart: (child) => whenBegun('killed', () => child.kill('SIGKILL')),
    });
    expect(killed.code).toBeNull();
    expect(readdirSync(join(folder, 'killed'))).toEqual(['.slide.unicell']);
    succeeded(await run([...args, 'killed']));
    expect(filesOf('killed')).toEqual(filesOf('calm'));
  });

  it('draws an overview, and regions at full resolution', async () => {
    const args = [
      'slide.tif',
      '--region',
      'region.geojson',
      '--out',
      'drawn',
      '--overlay',
      '--json',
    ];
    const finished = await run(args);
    expect([finished.code, finished.stderr]).toEqual([0, '']);
    const datasets = ['consep', 'ocelot'];
    const names = datasets.flatMap((id) =>
      ['json', 'overlay.png', 'region-1.overlay.png'].map((end) => `slide.${id}.${end}`),
    );
    expect(Object.keys(filesOf('drawn'))).toEqual(names);
    expect(JSON.parse(finished.stdout).files.toSorted()).toEqual(
      names.map((name) => join('drawn', name)),
    );
    for (const id of datasets) {
      const region = await sharp(join(folder, `drawn/slide.${id}.region-1.overlay.png`)).metadata();
      expect(region.width).toBe(3700);
      expect(region.height).toBeGreaterThan(3700);
      const overview = await sharp(join(folder, `drawn/slide.${id}.overlay.png`)).metadata();
      expect(overview.width).toBe(1800);
    }
  });

  it('stopped with Ctrl-C, it says where it keeps what is done', async () => {
    const work = join(folder, 'stopped', '.slide.unicell');
    const finished = await run(['slide.tif', '--tissue', 'none', '--out', 'stopped', ...formats], {
      onStart: (child) => whenBegun('stopped', () => child.kill('SIGINT')),
    });
    expect(finished).toEqual({
      code: 130,
      stdout: '',
      stderr: `Stopped. What is done is kept in ${work}; run the same command again to go on, or remove the folder.\n`,
    });
    expect(readdirSync(join(folder, 'stopped'))).toEqual(['.slide.unicell']);
    succeeded(await run(['slide.tif', '--tissue', 'none', '--out', 'stopped', ...formats]));
    expect(Object.keys(filesOf('stopped'))).toHaveLength(8);
  });

  it('a damaged slide gives what can be read, and says what is missing', async () => {
    const broken = join(folder, 'broken.tif');
    writeFileSync(broken, readFileSync(join(folder, 'slide.tif')));
    const bytes = readFileSync(broken);
    // Some tiles in the middle of the file; the directories and the first tiles stay.
    bytes.fill(0xee, Math.floor(bytes.length * 0.3), Math.floor(bytes.length * 0.34));
    writeFileSync(broken, bytes);
    const args = ['broken.tif', '--tissue', 'none', '--json', '--out', 'partly'];
    const finished = await run(args);
    expect(finished.code).toBe(3);
    expect(finished.stderr).toMatch(/no result for x \d+, y \d+, \d+ x \d+ px: /);
    const { errors, files, warnings, areaMm2, results } = JSON.parse(finished.stdout);
    expect(warnings).toMatchObject([{ code: 'PARTS_MISSING' }]);
    expect(finished.stderr).toContain(`warning: ${warnings[0].detail}`);
    const whole = await run(['slide.tif', '--tissue', 'none', '--json', '--out', 'whole']);
    expect(areaMm2).toBeLessThan(JSON.parse(whole.stdout).areaMm2);
    expect(results[0].total.perMm2).toBe(results[0].total.count / areaMm2);
    const said = JSON.parse(readFileSync(join(folder, 'partly/broken.consep.json'), 'utf8'));
    expect(said.missing).toEqual(errors.map(({ region }: { region: unknown }) => region));
    expect(errors[0]).toMatchObject({
      code: 'IMAGE_UNREADABLE',
      region: { width: expect.any(Number) },
    });
    expect(files).toHaveLength(2);
    // With the whole file under the name it is another slide, and begins anew.
    writeFileSync(broken, readFileSync(join(folder, 'slide.tif')));
    expect((await run(args)).stderr).toMatch(/broken\.consep\.json is there.*--force/);
    succeeded(await run([...args, '--force']));
    expect(existsSync(join(folder, 'partly', '.broken.unicell'))).toBe(false);
  });

  it.each([
    [['slide.tif', '--tta', 'flips'], /--tta flips looks at pictures, and this is run as a slide/],
    [['slide.tif', '--region', 'no.geojson'], /The regions no\.geojson cannot be opened/],
    [['slide.tif', '--region', 'slide.tif'], /slide\.tif holds no regions: it is no JSON/],
    [['slide.tif', '--format', 'xlsx'], /The format "xlsx" is not known/],
  ])('refuses %j', async (args, message) => {
    const { code, stderr } = await run([...args, '--out', 'refused']);
    expect(code).toBe(2);
    expect(stderr).toMatch(message);
    expect(existsSync(join(folder, 'refused'))).toBe(false);
  });
});
