/** `unicell detect` on many slides, run as a user runs it. */
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { csvRows } from '../../../shared/formats/csv-rows.ts';
import { cellPyramid } from '../../../test/support/pyramid.ts';
import { type RunOptions, runUnicell } from '../../../test/support/run-unicell.ts';
import { type Square, writeSquares } from '../../../test/support/squares.ts';
import { tempFolder } from '../../../test/support/temp-folder.ts';
import { writeTinyModel } from '../../../test/support/tiny-model.ts';

const folder = tempFolder();
const slides = join(folder, 'slides');
const squares: Square[] = [
  [5, 3, 1],
  [6, 3, 1],
  [7, 8, 2],
];
const run = (args: readonly string[], more: Partial<RunOptions> = {}) =>
  runUnicell(['detect', ...args, '--model', join(folder, 'model')], { cwd: folder, ...more });
const visible = (out: string) =>
  readdirSync(join(folder, out)).filter((name) => !name.startsWith('.'));
const summary = (out: string) => {
  const text = readFileSync(join(folder, out, 'summary.csv'), 'utf8');
  const [header, ...rows] = [...csvRows(text, out)].map(({ cells }) => cells);
  return rows.map((cells) => Object.fromEntries(header!.map((name, i) => [name, cells[i]!])));
};
/** When each file was written, and what is in it. */
const stamps = (out: string, names: readonly string[]) =>
  names.map((name) => statSync(join(folder, out, name)).mtimeMs);

beforeAll(async () => {
  await writeTinyModel(join(folder, 'model'), {}, { cells: 32 });
  mkdirSync(slides);
  for (let i = 1; i <= 6; i++) {
    await writeSquares(join(slides, `tile ${i}.png`), squares.slice(0, 1 + (i % 3)));
  }
  await cellPyramid(slides, 700, 500);
  writeFileSync(
    join(slides, 'broken.svs'),
    readFileSync(join(slides, 'cells.tif')).subarray(0, 5000),
  );
  writeFileSync(join(slides, 'notes.xlsx'), 'no slide');
});

describe('a folder of eight slides, one of them broken', () => {
  const args = [
    'slides',
    '--mpp',
    '0.5',
    '--dataset',
    'consep,ocelot',
    '--format',
    'csv',
    '--jobs',
    '2',
  ];
  const results = ['cells', ...[1, 2, 3, 4, 5, 6].map((i) => `tile ${i}`)].flatMap((stem) => [
    `${stem}.consep.csv`,
    `${stem}.ocelot.csv`,
  ]);

  it('ends in seven results, one named failure and a summary', async () => {
    const { code, stdout, stderr } = await run([...args, '--out', 'seven']);
    expect(code).toBe(1);
    expect(stderr).toMatch(/unicell: .*broken\.svs .*\(IMAGE_UNREADABLE\)\n/);
    expect(stderr).toMatch(/1 of 8 slides failed/);
    expect(stdout).toMatch(/7 of 8 slides done, 1 failed: broken/);
    expect(visible('seven')).toEqual([...results, 'report.html', 'summary.csv'].sort());
    const rows = summary('seven');
    expect(rows).toHaveLength(15);
    expect(rows.filter(({ status }) => status === 'failed')).toMatchObject([
      { slide: 'broken', error: expect.stringMatching(/^IMAGE_UNREADABLE: /) },
    ]);
    expect(rows.find((row) => row.slide === 'tile 1' && row.dataset === 'consep')).toMatchObject({
      path: join('slides', 'tile 1.png'),
      nuclei: '2',
      'count Epithelial': '2',
      'count Tumor_Cell': '',
      mpp: '0.5',
      mpp_source: 'request',
      model: 'tiny',
    });
  });

  it('has a report that needs no network', () => {
    const page = readFileSync(join(folder, 'seven', 'report.html'), 'utf8');
    expect(page).not.toMatch(/(?:src|href)="(?!data:|#)|@import|url\((?!data:)/);
    expect(page.match(/<article/g)).toHaveLength(7);
    expect(page.match(/--thumb:url\(data:image\/jpeg;base64,/g)).toHaveLength(7);
    expect(page.match(/src="data:image\/webp;base64,/g)).toHaveLength(14);
    expect(page).toMatch(/broken\.svs/);
  });

  it('does nothing twice when it is run again, and tries what failed', async () => {
    const before = stamps('seven', results);
    const { stderr } = await run([...args, '--out', 'seven']);
    expect(stderr.match(/done before/g)).toHaveLength(7);
    expect(stderr).toMatch(/1 of 8 slides failed/);
    expect(stamps('seven', results)).toEqual(before);
    expect(summary('seven')).toHaveLength(15);
  });

  it('killed in the middle and run again, does nothing twice', async () => {
    const killed = await run([...args, '--out', 'killed', '--json'], {
      onStart: (child) =>
        child.stderr!.on('data', (text: string) => {
          // When the third slide is done.
          if (/^3\/8 /m.test(text)) child.kill('SIGKILL');
        }),
    });
    expect(killed.code).toBeNull();
    const there = visible('killed');
    expect(there.length).toBeGreaterThan(0);
    expect(there).not.toContain('summary.csv');
    const before = stamps('killed', there);
    const { code, stdout } = await run([...args, '--out', 'killed', '--json']);
    expect(code).toBe(1);
    expect(stamps('killed', there)).toEqual(before);
    const said = JSON.parse(stdout) as { slides: { wasDone?: boolean }[] };
    expect(said.slides.filter(({ wasDone }) => wasDone).length).toBeGreaterThanOrEqual(2);
    expect(visible('killed')).toEqual(visible('seven'));
    for (const name of results) {
      const [one, other] = ['killed', 'seven'].map((out) => readFileSync(join(folder, out, name)));
      expect(one!.equals(other!), name).toBe(true);
    }
  });

  it('stopped with Ctrl-C, says how far it is', async () => {
    const stopped = await run([...args, '--out', 'stopped', '--jobs', '1'], {
      onStart: (child) =>
        child.stderr!.on('data', (text: string) => {
          if (/^2\/8 /m.test(text)) child.kill('SIGINT');
        }),
    });
    expect(stopped.code).toBe(130);
    expect(stopped.stderr).toMatch(
      /\nStopped with [2-7] of 8 slides done\. Run the same command again/,
    );
    expect(visible('stopped')).not.toContain('summary.csv');
  });

  it('overwrites nothing of another call without --force', async () => {
    const before = stamps('seven', results);
    const other = [...args, '--out', 'seven', '--threshold', '0.9'];
    const refused = await run(other);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toMatch(/summary\.csv is there, of a call with other slides or options/);
    const one = await run([
      'slides/tile 1.png',
      ...args.slice(1),
      '--out',
      'seven',
      '--class',
      'epithelial',
    ]);
    expect([one.code, one.stderr]).toEqual([
      2,
      expect.stringMatching(/tile 1\.consep\.csv is there/),
    ]);
    expect(stamps('seven', results)).toEqual(before);
    expect((await run([...other, '--force'])).code).toBe(1);
    expect(stamps('seven', results)).not.toEqual(before);
  });
});

describe('slides of one name', () => {
  it('get results of different names', async () => {
    const [a, b] = [join(folder, 'a'), join(folder, 'b')];
    mkdirSync(a);
    mkdirSync(b);
    cpSync(join(slides, 'tile 1.png'), join(a, 'x.png'));
    cpSync(join(slides, 'tile 2.png'), join(a, 'x.tif'));
    cpSync(join(slides, 'tile 3.png'), join(b, 'x.png'));
    const inputs = ['a/x.png', 'a/x.tif', 'b/x.png'];
    const { code } = await run([
      ...inputs,
      '--mpp',
      '0.5',
      '--dataset',
      'consep',
      '--out',
      'names',
    ]);
    expect(code).toBe(0);
    const names = visible('names').filter((name) => name.endsWith('.json'));
    expect(names).toHaveLength(3);
    expect(names).toContain('x.tif.consep.json');
    for (const name of names) expect(name).toMatch(/^x(\.tif|~[0-9a-f]{6})\.consep\.json$/);
  });
});

describe('--manifest', () => {
  it('has a path, a resolution and a dataset per row', async () => {
    writeFileSync(
      join(folder, 'list.csv'),
      'path;mpp;dataset;patient\r\nslides/tile 1.png;0,5;consep;7\r\nslides/tile 2.png;1;ocelot;8\r\n',
    );
    const { code, stdout } = await run(['--manifest', 'list.csv', '--out', 'listed', '--json']);
    expect(code).toBe(0);
    const { slides: said } = JSON.parse(stdout);
    expect(said).toMatchObject([
      { mpp: { value: 0.5 }, results: [{ dataset: 'consep' }] },
      { mpp: { value: 1 }, results: [{ dataset: 'ocelot' }] },
    ]);
  });

  it.each([
    ['path,mmp\na.png,1\n', /column "mmp"\. Did you mean "mpp"\?/],
    ['file,mpp\na.png,1\n', /path is missing/],
    ['path,mpp\na.png,wide\n', /line 2: mpp is "wide"; it must be between/],
    ['path,mpp\n,1\n', /line 2: the column path is empty/],
    ['path\n', /has no row/],
    ['path,dataset\na.png,konsep\n', /"konsep".*Did you mean "consep"/],
  ])('%j is refused before anything is run', async (text, message) => {
    writeFileSync(join(folder, 'bad.csv'), text);
    const { code, stderr } = await run(['--manifest', 'bad.csv', '--out', 'refused']);
    expect(stderr).toMatch(message);
    expect(code).toBe(2);
    expect(existsSync(join(folder, 'refused'))).toBe(false);
  });
});

it('says when a folder has no slides', async () => {
  mkdirSync(join(folder, 'empty'));
  const { code, stderr } = await run(['empty']);
  expect([code, stderr]).toEqual([2, expect.stringMatching(/empty has no picture or slide/)]);
});
