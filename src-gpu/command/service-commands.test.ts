/** `unicell serve` as a process, and `unicell jobs` as its client. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { cellPyramid } from '../../test/support/pyramid.ts';
import { runUnicell } from '../../test/support/run-unicell.ts';
import { tempFolder } from '../../test/support/temp-folder.ts';
import { writeTinyModel } from '../../test/support/tiny-model.ts';

const launcher = fileURLToPath(new URL('../unicell.mjs', import.meta.url));
const cwd = tempFolder();
await writeTinyModel(join(cwd, 'tiny'));
await cellPyramid(cwd, 900, 700);
const sha256 = createHash('sha256').update('s3cret').digest('hex');
const keys = JSON.stringify([{ id: 'lab', sha256, scopes: ['detect', 'jobs'] }]);
const settings = {
  API_KEYS: keys,
  MODEL: 'tiny',
  EXECUTION_PROVIDER: 'cpu',
  DATA_FOLDER: join(cwd, 'data'),
  MIN_FREE_BYTES: '0',
};

interface Served {
  readonly child: ChildProcess;
  readonly url: string;
  /** Lines of its log so far. */
  readonly log: string[];
  /** How it ended. */
  readonly ended: Promise<number | null>;
}

async function serve(args: readonly string[] = [], env = {}): Promise<Served> {
  const child = spawn(process.execPath, [launcher, 'serve', '--port', '0', ...args], {
    cwd,
    env: { ...process.env, ...settings, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  afterAll(() => child.kill('SIGKILL'));
  const ended = new Promise<number | null>((resolve) => child.on('exit', resolve));
  const log: string[] = [];
  const url = await new Promise<string>((resolve, reject) => {
    child.on('exit', () => reject(new Error('It ended before it listened.')));
    createInterface({ input: child.stdout! }).on('line', (line) => {
      log.push(line);
      const { msg, url } = JSON.parse(line);
      if (msg === 'listening') resolve(url);
    });
  });
  return { child, url, log, ended };
}

describe('unicell jobs', async () => {
  const { url, child, log, ended } = await serve();
  const env = { UNICELL_URL: url, UNICELL_KEY: 's3cret' };
  const jobs = (...args: string[]) => runUnicell(['jobs', ...args], { cwd, env });
  const submit = ['submit', 'cells.tif', '--dataset', 'consep', '--mpp', '0.5', '--tissue', 'none'];
  let id = '';
  let total = 0;

  it('submits a slide and watches it', async () => {
    const asked = [...submit, '--format', 'csv,qupath', '--watch', '--json'];
    const { code, stdout, stderr } = await jobs(...asked);
    expect(code, stderr).toBe(0);
    const job = JSON.parse(stdout);
    expect(job).toMatchObject({ status: 'completed', name: 'cells.tif' });
    id = job.id;
    total = job.results[0].total;
  });

  it('keeps to regions that are asked for', async () => {
    const ring = [
      [0, 0],
      [300, 0],
      [300, 700],
      [0, 0],
    ];
    const region = { type: 'Polygon', coordinates: [ring] };
    await writeFile(join(cwd, 'region.geojson'), JSON.stringify(region));
    const { code, stdout } = await jobs(
      ...submit,
      '--region',
      'region.geojson',
      '--watch',
      '--json',
    );
    expect(code).toBe(0);
    const { results, progress } = JSON.parse(stdout);
    expect(results[0].total).toBeGreaterThan(20);
    // A sixth of the slide.
    expect(results[0].total).toBeLessThan(total / 4);
    expect(progress.nuclei).toBe(results[0].total);
    const circle = Array.from({ length: 2000 }, (_, i) => [
      400 + 300 * Math.cos((i / 999.5) * Math.PI),
      350 + 300 * Math.sin((i / 999.5) * Math.PI),
    ]);
    circle[1999] = circle[0]!;
    const fine = { type: 'Polygon', coordinates: [circle] };
    await writeFile(join(cwd, 'fine.geojson'), JSON.stringify(fine));
    // Too long for an address: it goes in a form.
    const inCircle = await jobs(...submit, '--region', 'fine.geojson', '--watch', '--json');
    expect(inCircle.code).toBe(0);
    const [{ total: found }] = JSON.parse(inCircle.stdout).results;
    expect(found).toBeGreaterThan(total / 4);
    expect(found).toBeLessThan(total);
  });

  it('asks for another image of the file', async () => {
    const { stdout } = await jobs(...submit, '--series', '7', '--watch', '--json');
    const job = JSON.parse(stdout);
    expect(job).toMatchObject({ status: 'failed', errors: [{ code: 'INVALID_OPTIONS' }] });
    expect(job.errors[0].detail).toMatch(/^The slide has no image 7 to read/);
  });

  it('lists and shows it', async () => {
    expect((await jobs('list')).stdout).toContain(`${id}  completed`);
    const { stdout } = await jobs('show', id);
    expect(stdout).toMatch(/cells\.tif .*\nstatus: completed, attempt 1/);
    expect(stdout).toMatch(/consep\.geojson/);
    expect((await jobs('list', '--status', 'canceled')).stdout).toBe('There are no jobs.\n');
  });

  it('fetches its files, checked against their hashes', async () => {
    const { stdout } = await jobs('download', id, '--out', 'results');
    const paths = stdout.trim().split('\n');
    expect(paths).toEqual([
      join('results', 'cells.consep.csv'),
      join('results', 'cells.consep.geojson'),
    ]);
    const csv = await readFile(join(cwd, paths[0]!), 'utf8');
    expect(csv.split('\n').length).toBeGreaterThan(500);
    await writeFile(join(cwd, paths[0]!), 'mine');
    const refused = await jobs('download', id, '--out', 'results');
    expect([refused.code, refused.stderr]).toEqual([
      2,
      expect.stringMatching(/cells\.consep\.csv is there.*--force/),
    ]);
    expect((await jobs('download', id, '--out', 'results', '--force')).code).toBe(0);
    expect(await readFile(join(cwd, paths[0]!), 'utf8')).toBe(csv);
    const one = await jobs('download', id, 'consep.csv', '--out', 'one', '--json');
    expect(JSON.parse(one.stdout)).toEqual({ files: [join('one', 'cells.consep.csv')] });
  });

  it.each([
    [['show', 'nothing'], /There is no job/],
    [['download', 'nothing'], /There is no job/],
    [['cancel', 'nothing'], /There is no job/],
    [['submit', 'nothing.svs', '--dataset', 'consep'], /nothing\.svs cannot be opened \(ENOENT\)/],
    [['submit', 'cells.tif', '--dataset', 'consepp'], /mean "consep"/],
    [['list', '--url', 'http://127.0.0.1:9'], /no UniCell service at/],
    [['list', '--status', 'done'], /Allowed choices/],
  ])('%s ends with 2 and says why', async (args, message) => {
    const { code, stderr } = await jobs(...args);
    expect(stderr).toMatch(message);
    expect(code).toBe(2);
  });

  it('needs a key where the service does', async () => {
    const { code, stderr } = await runUnicell(['jobs', 'list', '--url', url], { cwd });
    expect([code, stderr]).toEqual([2, expect.stringContaining('no valid key')]);
  });

  it('leaves a log without secrets and with the ids of requests', async () => {
    const headers = { authorization: 'Bearer s3cret', 'x-request-id': 'r-42' };
    await fetch(`${url}/v1/models`, { headers });
    const line = await vi.waitUntil(() => log.find((text) => text.includes('r-42')));
    expect(JSON.parse(line)).toMatchObject({ caller: 'lab', route: '/v1/models', status: 200 });
    expect(log.join('\n')).not.toMatch(/s3cret|Bearer/);
    expect(log.join('\n')).not.toContain(sha256);
    expect(log[0]).toContain('"API_KEYS":"(set)"');
  });

  it('ends with 0 on SIGTERM, having given its work back', async () => {
    await jobs(...submit);
    child.kill('SIGTERM');
    expect(await ended).toBe(0);
    expect(log.at(-1)).toContain('stopped');
    // Another process goes on with what the first has left.
    const next = await serve();
    const list = ['jobs', 'list', '--json', '--url', next.url];
    const { stdout } = await runUnicell(list, { cwd, env: { UNICELL_KEY: 's3cret' } });
    const { id: last } = JSON.parse(stdout)[0];
    const watch = ['jobs', 'watch', last, '--json', '--url', next.url];
    const watched = await runUnicell(watch, { cwd, env: { UNICELL_KEY: 's3cret' } });
    expect(JSON.parse(watched.stdout)).toMatchObject({ status: 'completed' });
    next.child.kill('SIGTERM');
    expect(await next.ended).toBe(0);
  });
});

describe('unicell serve', () => {
  it.each([
    ['no keys', { API_KEYS: '' }, [], /API_KEYS/],
    ['a wrong variable', { MAX_WINDOWS: '-1' }, [], /MAX_WINDOWS must be a whole number/],
    ['a model that is not there', { MODEL: 'nothing' }, [], /no model "nothing"/],
    ['no keys for others', { API_KEYS: '' }, ['--local', '--host', '0.0.0.0'], /HOST/],
    ['an address of somebody else', {}, ['--host', '192.0.2.1'], /cannot listen on 192\.0\.2\.1/],
  ])('does not start with %s', async (_name, env, args, message) => {
    const all = ['serve', '--port', '0', ...args];
    const { code, stderr } = await runUnicell(all, { cwd, env: { ...settings, ...env } });
    expect(stderr).toMatch(message);
    expect(code).toBe(2);
  });
});

describe('unicell view', () => {
  it('shows a slide on a free port, and finds it done the next time', async () => {
    const env = { XDG_CACHE_HOME: join(cwd, 'cache') };
    const look = async () => {
      const args = ['view', 'cells.tif', '--mpp', '0.5', '--model', 'tiny', '--no-open'];
      const child = spawn(process.execPath, [launcher, ...args], {
        cwd,
        env: { ...process.env, ...env },
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      afterAll(() => child.kill('SIGKILL'));
      const ended = new Promise<number | null>((resolve) => child.on('exit', resolve));
      const address = await new Promise<string>((resolve, reject) => {
        child.on('exit', () => reject(new Error('It ended before it listened.')));
        createInterface({ input: child.stdout! }).on('line', (line) => {
          const found = /cells\.tif with its nuclei: (http:\S+)/.exec(line);
          if (found) resolve(found[1]!);
        });
      });
      const id = new URL(address).searchParams.get('job')!;
      const { origin } = new URL(address);
      expect((await fetch(address)).status).toBe(200);
      const job = await (await fetch(`${origin}/v1/jobs/${id}?wait=60`)).json();
      child.kill('SIGINT');
      expect(await ended).toBe(130);
      return job;
    };
    const first = await look();
    expect(first).toMatchObject({ status: 'completed', name: 'cells.tif' });
    expect(await look()).toEqual(first);
  });
});

describe('unicell serve for people', () => {
  it('prints its address, what to do next, and a log without braces', async () => {
    const env = { ...process.env, ...settings, LOG_FORMAT: 'text' };
    const child = spawn(process.execPath, [launcher, 'serve', '--port', '0'], {
      cwd,
      env,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    afterAll(() => child.kill('SIGKILL'));
    const lines: string[] = [];
    await new Promise<void>((resolve) => {
      createInterface({ input: child.stdout! }).on('line', (line) => {
        lines.push(line);
        if (line.startsWith('Ctrl-C')) resolve();
      });
    });
    child.kill('SIGTERM');
    const text = lines.join('\n');
    expect(text).toMatch(/^\[\d\d:\d\d:\d\d\] INFO: starting$/m);
    expect(text).toMatch(/^UniCell serves at http:\/\/127\.0\.0\.1:\d+$/m);
    expect(text).toMatch(/look at a slide +http:\S+\/viewer/);
    expect(text).toMatch(/UNICELL_KEY=YOUR_KEY UNICELL_URL=http:\S+ unicell jobs submit/);
  });
});
