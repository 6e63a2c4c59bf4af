/** The worked examples, as they stand in `examples/`, against what they are for. */
import { execFile, execFileSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import type { RequestListener } from 'node:http';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cellPixels, encode } from './api/images.ts';
import { findChromium } from './support/chromium.ts';
import { edgeForTests } from './support/edge-worker.ts';
import { gpuForTests } from './support/gpu-service.ts';
import { serveLoopback } from './support/loopback.ts';
import { hasOrthanc, Orthanc } from './support/orthanc.ts';
import { cellPyramid } from './support/pyramid.ts';
import { tempFolder } from './support/temp-folder.ts';
import { writeTinyModel } from './support/tiny-model.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
/** A copy, with the client installed as a user would. */
const examples = join(tempFolder(), 'examples');
const modules = join(examples, 'node_modules');
const models = tempFolder();
const tiny = join(models, 'tiny');

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** What the example runs against may be in this process, which must go on meanwhile. */
function run(command: string, args: readonly string[], env: Record<string, string> = {}) {
  return new Promise<Ended>((resolve) => {
    const options = { cwd: examples, env: { ...process.env, ...env } };
    execFile(command, [...args], options, (error, stdout, stderr) => {
      resolve({ code: error ? Number(error.code ?? 1) : 0, stdout, stderr });
    });
  });
}

beforeAll(async () => {
  cpSync(join(root, 'examples'), examples, { recursive: true });
  mkdirSync(modules);
  const build = join(root, 'src-gpu/deploy/build-client.ts');
  execFileSync(process.execPath, [build, join(modules, 'unicell-edge-client')]);
  for (const name of ['zod', 'openseadragon']) {
    symlinkSync(join(root, 'node_modules', name), join(modules, name));
  }
  await writeTinyModel(tiny);
});

describe('a picture at the edge', async () => {
  const edge = await edgeForTests({
    models,
    variables: { UNICELL_ENV: 'local', MODEL: 'tiny' },
  });
  const cells: [number, number][] = [
    [1, 1],
    [5, 3],
    [6, 6],
  ];
  const image = join(tempFolder(), 'three.png');
  const env = { UNICELL_URL: edge.url };
  const wrong = join(tempFolder(), 'wrong.png');
  beforeAll(async () => {
    writeFileSync(image, await encode(cellPixels(64, 64, cells), 64, 64, 'png'));
    writeFileSync(wrong, 'no picture');
  });

  it('by curl', async () => {
    const { code, stdout } = await run('edge/detect.sh', [image, 'consep', '0.5'], env);
    expect(code).toBe(0);
    expect(stdout.trim().split('\n')).toHaveLength(1 + cells.length);
    const refused = await run('edge/detect.sh', [image, 'conseq', '0.5'], env);
    expect(refused.code).not.toBe(0);
    expect(refused.stdout).toMatch(/DATASET_UNKNOWN/);
  });

  it.each([
    ['Python', 'python3', ['edge/detect.py']],
    ['TypeScript', process.execPath, ['edge/detect.ts']],
  ])('by %s', async (_, command, args) => {
    const { code, stdout, stderr } = await run(command, [...args, image, 'consep', '0.5'], env);
    expect([code, stderr]).toEqual([0, '']);
    const counts = stdout
      .trim()
      .split('\n')
      .map((line) => Number(line.split('\t')[2]));
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(cells.length);
    const refused = await run(command, [...args, wrong, 'consep', '0.5'], env);
    expect([refused.code, refused.stdout]).toEqual([1, '']);
    expect(refused.stderr).toMatch(/^IMAGE_UNSUPPORTED: /);
  });
});

const canReachPacs = hasOrthanc();

describe.skipIf(!canReachPacs)('a slide in a PACS', () => {
  it('gets its nuclei, twice the same', async () => {
    const orthanc = await Orthanc.start(tempFolder(), { password: 'pacs secret' });
    try {
      const service = await gpuForTests({ DICOMWEB_ROOTS: orthanc.dicomWeb });
      const [width, height] = [900, 700];
      const cells = Array.from({ length: 40 }, (_, i): [number, number] => [2 + 2 * i, 3 + 2 * i]);
      const { study, series } = await orthanc.addSlide({
        ...{ width, height },
        data: cellPixels(width, height, cells),
      });
      const address = `${orthanc.dicomWeb}/studies/${study}/series/${series}`;
      const env = { UNICELL_URL: service.url, PACS_AUTHORIZATION: orthanc.authorization! };
      const annotate = () => run(process.execPath, ['pacs/annotate.ts', address, 'consep'], env);
      const first = await annotate();
      expect(first.code, first.stderr).toBe(0);
      const stored = first.stdout
        .trim()
        .split('\n')
        .map((line) => line.split('\t'));
      expect(stored.map(([format, outcome]) => [format, outcome])).toEqual([
        ['dicom-ann', 'stored'],
        ['dicom-sr', 'stored'],
      ]);
      const again = await annotate();
      expect(again.stdout.replaceAll('present', 'stored')).toBe(first.stdout);
    } finally {
      await orthanc.stop();
    }
  });
});

describe('a folder of slides', () => {
  it('becomes files for QuPath, and goes on where it was', async () => {
    const [slides, results] = [tempFolder(), tempFolder()];
    await cellPyramid(slides, 700, 500);
    cpSync(join(slides, 'cells.tif'), join(slides, 'other.tif'));
    writeFileSync(join(slides, 'labels.txt'), 'no slide');
    // The pyramid says no resolution and the model is not the default, so the command gets both.
    const launcher = join(slides, '..', `unicell-${process.pid}.sh`);
    const program = `${process.execPath} ${join(root, 'src-gpu/unicell.mjs')}`;
    writeFileSync(launcher, `exec ${program} "$@" --mpp 0.5 --model ${tiny} --tissue none\n`);
    const env = { UNICELL: `sh ${launcher}` };
    const args = [slides, 'consep', results];
    const first = await run('qupath/detect-folder.sh', args, env);
    expect(first.code, first.stderr).toBe(0);
    expect(readdirSync(results).filter((name) => !name.startsWith('.'))).toEqual([
      'cells.consep.geojson',
      'other.consep.geojson',
      'report.html',
      'summary.csv',
    ]);
    const { features } = JSON.parse(readFileSync(join(results, 'cells.consep.geojson'), 'utf8'));
    expect(features.length).toBeGreaterThan(500);
    const again = await run('qupath/detect-folder.sh', args, env);
    expect(again.stderr.match(/, done before$/gm)).toHaveLength(2);
  });
});

const executablePath = findChromium();
if (executablePath === undefined) {
  console.warn('SKIPPED: no Chromium was found, so the page of the examples is not tested.');
}

describe.skipIf(executablePath === undefined)('a page with OpenSeadragon', () => {
  const servePage: RequestListener = (request, response) => {
    const path = new URL(request.url!, 'http://page').pathname;
    const file = join(examples, 'openseadragon', path === '/' ? 'index.html' : path);
    const real = path.startsWith('/node_modules') ? join(examples, path) : file;
    response.setHeader('content-type', path === '/' ? 'text/html' : 'text/javascript');
    if (existsSync(real)) response.end(readFileSync(real));
    else response.writeHead(404).end();
  };

  it('shows the nuclei of a job, or says that its origin is not allowed', async () => {
    const page = await serveLoopback(servePage);
    const other = await serveLoopback(servePage);
    afterAll(() => Promise.all([page.close(), other.close()]));
    const service = await gpuForTests({ ALLOWED_ORIGINS: page.url });
    const slide = await cellPyramid(tempFolder(), 900, 700);
    const query = 'dataset=consep&mpp=0.5&tissue=none';
    const made = await fetch(`${service.url}/v1/jobs?${query}`, {
      method: 'POST',
      body: slide.file,
    });
    const { id } = (await made.json()) as { id: string };
    const job = await (await fetch(`${service.url}/v1/jobs/${id}?wait=60`)).json();
    const { total } = (job as { results: { total: number }[] }).results[0]!;
    const browser = await chromium.launch({
      executablePath: executablePath!,
      args: ['--no-sandbox', '--host-resolver-rules=MAP lab.example.org 127.0.0.1'],
    });
    try {
      const tab = await browser.newPage();
      const faults: string[] = [];
      tab.on('pageerror', (error) => faults.push(error.message));
      await tab.goto(`${page.url}/?url=${encodeURIComponent(`${service.url}/v1/jobs/${id}`)}`);
      const counts = tab.locator('#counts');
      await expect.poll(() => counts.textContent(), { timeout: 30_000 }).toMatch(`${total} nuclei`);
      await tab.locator('#score').fill('1');
      await expect.poll(() => counts.textContent(), { timeout: 30_000 }).toMatch(/\b0 nuclei/);
      expect(faults).toEqual([]);
      const job = `${service.url}/v1/jobs/${id}`;
      await tab.goto(`${other.url}/?url=${encodeURIComponent(job)}`);
      const reason = `A page of ${other.url} may not use this service: it is not among the allowed origins. Put its origin into ALLOWED_ORIGINS of the service.`;
      await expect.poll(() => counts.textContent(), { timeout: 30_000 }).toBe(reason);
      expect(faults).toEqual([reason]);
      // The page of a lab takes nothing from a service that only the link names.
      const { port } = new URL(page.url);
      const requested: string[] = [];
      tab.on('request', (request) => requested.push(new URL(request.url()).origin));
      await tab.goto(`http://lab.example.org:${port}/?url=${encodeURIComponent(job)}`);
      await expect.poll(() => counts.textContent()).toMatch(/ is not among the SERVICES /);
      expect(requested).not.toContain(service.url);
      await tab.goto(page.url);
      await expect.poll(() => counts.textContent()).toMatch(/^Which job\?/);
      const bare = await fetch(`${service.url}/v1/jobs?dataset=consep`, {
        method: 'POST',
        body: await encode(cellPixels(64, 64, []), 64, 64, 'png'),
      });
      const failed = `${service.url}/v1/jobs/${((await bare.json()) as { id: string }).id}`;
      await fetch(`${failed}?wait=60`);
      await tab.goto(`${page.url}/?url=${encodeURIComponent(failed)}`);
      await expect.poll(() => counts.textContent()).toMatch(/does not say its resolution/);
      await tab.goto(other.url);
      // So does the overlay in a page that asks nothing before.
      const said = await tab.evaluate(`import('${service.url}/viewer/overlay.js')
        .then(({ attachNuclei }) => attachNuclei({}, { url: '${job}', headers: { authorization: 'Bearer x' } }))
        .catch(({ message }) => message)`);
      expect(said).toBe(reason);
    } finally {
      await browser.close();
    }
  });
});
