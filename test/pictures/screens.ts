/** Pictures of real screens: the report of a folder, a page with OpenSeadragon, the viewer with a slide of a PACS. */
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { chromium, type Page } from 'playwright-core';
import sharp from 'sharp';
import { openLog } from '../../src-gpu/service/log.ts';
import { type Service, startService } from '../../src-gpu/service/service.ts';
import { readServiceSettings } from '../../src-gpu/service/settings.ts';
import { findChromium } from '../support/chromium.ts';
import { serveLoopback } from '../support/loopback.ts';
import { Orthanc } from '../support/orthanc.ts';
import { runUnicell } from '../support/run-unicell.ts';
import { MPP } from './tissue.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const size = { width: 1080, height: 620 };
/** Until a page has settled; nothing here is measured. */
const patience = { timeout: 300_000 };

interface Screens {
  /** Each writes a JPEG. */
  readonly report: (path: string) => Promise<void>;
  readonly openSeadragon: (path: string) => Promise<void>;
  readonly pacs: (path: string) => Promise<void>;
  readonly close: () => Promise<void>;
}

/**
 * @param field A picture of tissue, of {@link MPP}.
 * @throws Error without Chromium.
 */
export async function openScreens(field: string): Promise<Screens> {
  const executablePath = findChromium();
  if (executablePath === undefined) throw new Error('Chromium is needed to draw screens.');
  const folder = mkdtempSync(join(tmpdir(), 'unicell-screens-'));
  // WebGL 2 by software: no display is needed.
  const args = ['--no-sandbox', '--use-gl=angle', '--use-angle=swiftshader', '--enable-webgl'];
  const browser = await chromium.launch({ executablePath, args });
  const page = await browser.newPage({ viewport: size });
  return {
    report: (path) => shootReport(page, folder, field, path),
    openSeadragon: (path) => shootOpenSeadragon(page, folder, field, path),
    pacs: (path) => shootPacs(page, folder, field, path),
    close: async () => {
      await browser.close();
      rmSync(folder, { recursive: true });
    },
  };
}

async function shoot(page: Page, path: string): Promise<void> {
  await sharp(await page.screenshot())
    .jpeg({ quality: 80 })
    .toFile(path);
}

async function shootReport(page: Page, folder: string, field: string, path: string) {
  const slides = join(folder, 'slides');
  mkdirSync(slides);
  cpSync(field, join(slides, 'tissue.jpg'));
  const args = ['detect', 'slides', '--organ', 'colon', '--mpp', String(MPP)];
  const { code, stderr } = await runUnicell([...args, '--out', 'results'], { cwd: folder });
  if (code !== 0) throw new Error(stderr);
  await page.goto(pathToFileURL(join(folder, 'results/report.html')).href);
  await page.locator('article').first().scrollIntoViewIfNeeded();
  await shoot(page, path);
}

async function startWith(
  folder: string,
  variables: Readonly<Record<string, string>>,
): Promise<Service> {
  const settings = readServiceSettings({
    ...{ UNICELL_ENV: 'local', PORT: '0', MIN_FREE_BYTES: '0', LOG_LEVEL: 'error' },
    DATA_FOLDER: folder,
    ...variables,
  });
  return startService(settings, openLog(settings.LOG_LEVEL));
}

/** @returns The URL of a job that has ended. */
async function jobOf(service: Service, request: RequestInit, query = ''): Promise<string> {
  const made = await fetch(`${service.url}/v1/jobs${query}`, { method: 'POST', ...request });
  const { id } = (await made.json()) as { id: string };
  const url = `${service.url}/v1/jobs/${id}`;
  for (;;) {
    const job = (await (await fetch(`${url}?wait=60`)).json()) as { status: string };
    if (job.status === 'completed') return url;
    if (['failed', 'canceled'].includes(job.status)) throw new Error(JSON.stringify(job));
  }
}

async function shootOpenSeadragon(page: Page, folder: string, field: string, path: string) {
  const site = join(folder, 'my-page');
  mkdirSync(join(site, 'node_modules'), { recursive: true });
  cpSync(join(root, 'examples/openseadragon'), site, { recursive: true });
  symlinkSync(join(root, 'node_modules/openseadragon'), join(site, 'node_modules/openseadragon'));
  const files = await serveLoopback((request, response) => {
    const { pathname } = new URL(request.url!, 'http://page');
    response.setHeader(
      'content-type',
      pathname.endsWith('.html') ? 'text/html' : 'text/javascript',
    );
    const file = join(site, pathname);
    if (existsSync(file)) response.end(readFileSync(file));
    else response.writeHead(404).end();
  });
  const service = await startWith(join(folder, 'web'), { ALLOWED_ORIGINS: files.url });
  try {
    const query = `?dataset=consep&mpp=${MPP}&name=tissue.jpg`;
    const url = await jobOf(service, { body: readFileSync(field) }, query);
    await page.goto(`${files.url}/index.html?url=${encodeURIComponent(url)}`);
    await page.getByText(/[1-9]\d* nuclei in view/).waitFor(patience);
    await page.waitForLoadState('networkidle');
    await shoot(page, path);
  } finally {
    await service.stop();
    await files.close();
  }
}

async function shootPacs(page: Page, folder: string, field: string, path: string) {
  const orthanc = await Orthanc.start(mkdtempSync(join(folder, 'orthanc-')));
  const service = await startWith(join(folder, 'pacs'), { DICOMWEB_ROOTS: orthanc.dicomWeb });
  try {
    const decoded = sharp(field).raw().toBuffer({ resolveWithObject: true });
    const { data, info } = await decoded;
    const raster = { data: new Uint8Array(data), width: info.width, height: info.height };
    const { study, series } = await orthanc.addSlide(raster, { mpp: MPP });
    const source = { type: 'dicomweb', root: orthanc.dicomWeb, study, series };
    const url = await jobOf(service, {
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ source, dataset: 'consep', exports: ['dicom-ann', 'dicom-sr'] }),
    });
    const stored = await fetch(`${url}/store`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ root: orthanc.dicomWeb }),
    });
    if (!stored.ok) throw new Error(await stored.text());
    await page.goto(`${service.url}/viewer?job=${url.split('/').at(-1)}`);
    await page.locator('#status.good').waitFor(patience);
    await page.locator('.in-view', { hasText: /[1-9]/ }).waitFor(patience);
    await page.waitForLoadState('networkidle');
    await shoot(page, path);
  } finally {
    await service.stop();
    await orthanc.stop();
  }
}
