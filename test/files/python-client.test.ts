/** The Python client, installed as a package: against a service, and against servers that do not do what is asked. */
import { execFile } from 'node:child_process';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import sharp from 'sharp';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { cellPixels, encode } from '../api/images.ts';
import { gpuForTests } from '../support/gpu-service.ts';
import { findPythonCommand } from '../support/python.ts';
import { tempFolder } from '../support/temp-folder.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const modules = ['geopandas', 'PIL', 'nbclient', 'ipykernel'];
const command = findPythonCommand(modules);
if (command === undefined) {
  console.warn(
    `SKIPPED: no Python with ${modules.join(', ')} (models[files]), so its client is not tested.`,
  );
}

const folder = tempFolder();
const site = join(folder, 'site');
const picture = join(folder, 'three.png');
const slide = join(folder, 'slide.tif');
const cells: [number, number][] = [
  [1, 1],
  [5, 3],
  [6, 6],
];
/** The service is in this process, which must go on meanwhile. */
async function python(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const { stdout } = await promisify(execFile)(command!, args, {
    cwd: folder,
    env: { ...process.env, PYTHONPATH: site, ...env },
    maxBuffer: 2 ** 24,
  });
  return stdout;
}

describe.skipIf(command === undefined)('the Python client', () => {
  beforeAll(async () => {
    // A copy, since pip builds where the package lies.
    cpSync(join(root, 'shared/client/python'), join(folder, 'package'), { recursive: true });
    const quiet = ['--quiet', '--no-deps', '--no-build-isolation', '--disable-pip-version-check'];
    await python(['-m', 'pip', 'install', ...quiet, '--target', site, join(folder, 'package')]);
    const pixels = cellPixels(64, 64, cells);
    writeFileSync(picture, await encode(pixels, 64, 64, 'png'));
    const raw = { width: 64, height: 64, channels: 3 as const };
    const tiff = sharp(pixels, { raw }).tiff({ tile: true, xres: 2000, yres: 2000 });
    writeFileSync(slide, await tiff.toBuffer());
  });

  it('does what the service can', async () => {
    const { url } = await gpuForTests();
    const script = join(root, 'test/files/use-python-client.py');
    const told = JSON.parse(await python([script, url, picture, slide, join(folder, 'out')]));
    expect(told).toMatchObject({
      counts: cells.map(() => 3).concat([3, 3, 3, 3]),
      name: 'three.png',
      columns: ['x', 'y', 'class', 'score'],
      dtypes: ['float64', 'float64', 'category', 'float64'],
      attrs: { dataset: 'consep', mpp: 0.5 },
      several: ['consep', 'ocelot'],
      status: 'completed',
      windows: 1,
      jobNuclei: 3,
      outlined: ['slide.tif', 2],
      files: [
        [expect.stringMatching(/csv$/), true],
        [expect.stringMatching(/json$/), true],
      ],
      summary: true,
      jobs: [true],
      score: 1,
      datasets: true,
      problem: ['UniCellProblem', null],
    });
    const [x, y] = told.nucleus;
    expect(told.um).toEqual([x / 2, y / 2]);
    expect(Object.values<number>(told.classes).reduce((sum, count) => sum + count)).toBe(3);
    expect(told.inBox).toBeLessThan(3);
    expect(told.refused).toEqual([
      expect.stringMatching(/^UniCellProblem: IMAGE_UNSUPPORTED: /),
      expect.stringMatching(/^UniCellProblem: INVALID_OPTIONS: .*mmp/),
      expect.stringMatching(/^ValueError: an array of shape \(64, 64\)/),
      expect.stringMatching(/^ValueError: .* type <f4/),
      expect.stringMatching(/^TypeError: a int is no picture/),
      expect.stringMatching(/^KeyError: .*consep, ocelot/),
      expect.stringMatching(/^ValueError: 0 slides/),
      expect.stringMatching(/^ValueError: 2 slides \(path, url\)/),
      expect.stringMatching(/^UniCellProblem: NOT_FOUND: /),
      expect.stringMatching(/^ValueError: .* no URL of http or https/),
      expect.stringMatching(/^ConnectionError: http:\/\/127\.0\.0\.1:1 gave no answer/),
    ]);
  });

  it('sends again what met a busy service, and its key to nobody else', async () => {
    let tries = 0;
    const keys: (string | undefined)[] = [];
    const other = await serve((request, response) => {
      keys.push(request.headers.authorization);
      response.end('{"datasets":[]}');
    });
    const busy = await serve((_, response) => {
      tries += 1;
      if (tries < 3) response.writeHead(503, { 'retry-after': '0' }).end('busy');
      else response.end('{"datasets":[]}');
    });
    const moved = await serve((_, response) => {
      response.writeHead(307, { location: other }).end();
    });
    const ask = (url: string) =>
      python([
        '-c',
        `from unicell_client import UniCellClient
try:
    print(UniCellClient(${JSON.stringify(url)}, key="secret").datasets())
except Exception as error:
    print(type(error).__name__, error)`,
      ]);
    expect(await ask(busy)).toBe('[]\n');
    expect(tries).toBe(3);
    expect(await ask(moved)).toMatch(/^UniCellProblem HTTP_ERROR: The server answered 307/);
    expect(keys).toEqual([]);
  });

  it('runs the notebook', async () => {
    const { url } = await gpuForTests();
    const notebook = join(folder, 'nuclei.ipynb');
    cpSync(join(root, 'examples/python/nuclei.ipynb'), notebook);
    const run = `
import nbformat
from nbclient import NotebookClient
notebook = nbformat.read("nuclei.ipynb", as_version=4)
nbformat.validate(notebook)
NotebookClient(notebook, timeout=120).execute()
nbformat.write(notebook, "nuclei.ipynb")`;
    await python(['-c', run], { UNICELL_URL: url, PICTURE: picture, SLIDE: slide });
    const { cells: ran } = JSON.parse(readFileSync(notebook, 'utf8'));
    const outputs = JSON.stringify(ran.at(-3).outputs);
    expect(outputs).toMatch(/'completed'/);
    expect(readFileSync(join(folder, 'results', resultName(ran)))).toSatisfy(
      (file: Buffer) => file.subarray(0, 4).toString() === 'PAR1',
    );
  });
});

/** What the last cell says it has written. */
function resultName(ran: readonly { readonly outputs?: unknown }[]): string {
  const [, name] = JSON.stringify(ran.at(-1)!.outputs).match(/results\/([^')]+\.parquet)/)!;
  return name!;
}

async function serve(answer: RequestListener): Promise<string> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
