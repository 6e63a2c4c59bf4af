/** What a viewer asks the service for: tiles of the slide and of its nuclei, and counts. */
import { createHash } from 'node:crypto';
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Job, jobSchema } from '../../shared/api/jobs/job-schemas.ts';
import { countsSchema, pointsLayoutSchema } from '../../shared/api/viewer/viewer-schemas.ts';
import { SCORE_STEPS } from '../../shared/viewer/cell-counts.ts';
import { decodeCountTile } from '../../shared/viewer/count-tile.ts';
import { pointGrid, tilesOf } from '../../shared/viewer/point-grid.ts';
import { decodePointTile } from '../../shared/viewer/point-tile.ts';
import { gpuForTests } from '../../test/support/gpu-service.ts';
import { cellPyramid } from '../../test/support/pyramid.ts';
import { tempFolder } from '../../test/support/temp-folder.ts';

const WIDTH = 1500;
const HEIGHT = 1100;
const folder = tempFolder();
const slide = await cellPyramid(folder, WIDTH, HEIGHT);
const keys = ['owner', 'other'].map((id) => ({
  id,
  sha256: createHash('sha256').update(id).digest('hex'),
  scopes: ['jobs'],
}));
const { url } = await gpuForTests({
  SLIDE_FOLDERS: folder,
  API_KEYS: JSON.stringify(keys),
  RATE_LIMIT: '400',
});
const as = (key: string) => ({ authorization: `Bearer ${key}` });
const owner = as('owner');
let job: Job;

const get = (path: string, headers: Record<string, string> = owner) =>
  fetch(`${url}/v1/jobs/${job.id}/${path}`, { headers });
const bytesOf = async (path: string) => new Uint8Array(await (await get(path)).arrayBuffer());
const codeOf = async (response: Response) => ((await response.json()) as { code: string }).code;
const count = async (body: object) => {
  const response = await fetch(`${url}/v1/jobs/${job.id}/counts`, {
    method: 'POST',
    headers: { ...owner, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  expect(response.status, await response.clone().text()).toBe(200);
  return countsSchema.parse(await response.json());
};

async function completed(query: string): Promise<Job> {
  const created = await fetch(`${url}/v1/jobs?${query}`, {
    method: 'POST',
    headers: { ...owner, 'content-type': 'image/tiff' },
    body: slide.file,
  });
  let one = jobSchema.parse(await created.json());
  do {
    one = jobSchema.parse(
      await (await fetch(`${url}/v1/jobs/${one.id}?wait=20`, { headers: owner })).json(),
    );
  } while (one.finishedAt === null);
  expect(one.status).toBe('completed');
  return one;
}

beforeAll(async () => {
  job = await completed('dataset=consep,ocelot&mpp=0.5&tissue=none&exports=csv&name=cells.tif');
});

describe('the slide', () => {
  it('comes as DeepZoom tiles that show its pixels', async () => {
    const descriptor = await (await get('image.dzi')).text();
    expect(descriptor).toContain(`<Size Width="${WIDTH}" Height="${HEIGHT}"/>`);
    const response = await get('image_files/11/2_1.jpeg');
    expect(response.headers.get('content-type')).toBe('image/jpeg');
    const { data, info } = await sharp(await response.arrayBuffer())
      .raw()
      .toBuffer({ resolveWithObject: true });
    expect(info).toMatchObject({ width: 476, height: 512 });
    const truth = await sharp(slide.path)
      .extract({ left: 1024, top: 512, width: 476, height: 512 })
      .raw()
      .toBuffer();
    const differences = data.map((value, i) => Math.abs(value - truth[i]!));
    expect(differences.reduce((sum, value) => sum + value, 0) / data.length).toBeLessThan(6);
    const overview = await sharp(await bytesOf('image_files/9/0_0.jpeg')).metadata();
    expect(overview).toMatchObject({ width: 375, height: 275 });
  });

  it('is not sent again to who has the tile', async () => {
    const response = await get('image_files/11/0_0.jpeg');
    const etag = response.headers.get('etag')!;
    expect(response.headers.get('cache-control')).toBe('private, max-age=3600');
    const again = await get('image_files/11/0_0.jpeg', { ...owner, 'if-none-match': etag });
    expect(again.status).toBe(304);
  });

  it('comes by IIIF, turned, mirrored, grey and in other formats', async () => {
    const headers = {
      ...owner,
      'x-forwarded-host': 'slides.example',
      'x-forwarded-proto': 'https',
    };
    const info = await (await get('iiif/info.json?v=2', headers)).json();
    expect(info).toMatchObject({
      id: `https://slides.example/v1/jobs/${job.id}/iiif`,
      type: 'ImageService3',
      profile: 'level2',
      width: WIDTH,
      height: HEIGHT,
    });
    const image = await bytesOf('iiif/0,0,600,400/300,/!90/gray.png');
    const turned = sharp(image);
    expect(await turned.metadata()).toMatchObject({ format: 'png', width: 200, height: 300 });
    const pixels = async (path: string) =>
      sharp(await bytesOf(path))
        .greyscale()
        .raw()
        .toBuffer();
    const plain = await pixels('iiif/0,0,600,400/300,/0/default.png');
    const expected = await sharp(plain, { raw: { width: 300, height: 200, channels: 1 } })
      .flop()
      .rotate(90)
      .greyscale()
      .raw()
      .toBuffer();
    const seen = await turned.greyscale().raw().toBuffer();
    expect(seen.length).toBe(expected.length);
    expect(Math.max(...seen.map((value, i) => Math.abs(value - expected[i]!)))).toBeLessThan(4);
    expect(await codeOf(await get('iiif/9999,0,5,5/max/0/default.jpg'))).toBe('INVALID_OPTIONS');
    expect(await codeOf(await get('points/consep/0/0/0?minScore=0.9'))).toBe('INVALID_OPTIONS');
    const png = (await (await get('image_files/9/0_0.png')).json()) as { detail: string };
    expect(png.detail).toMatch(/"0_0\.png" is no tile/);
    const base = await fetch(`${url}/v1/jobs/${job.id}/iiif`, {
      headers: owner,
      redirect: 'manual',
    });
    expect(base.status).toBe(303);
    expect(base.headers.get('location')).toBe(`/v1/jobs/${job.id}/iiif/info.json`);
  });

  it('has no tiles beyond its border', async () => {
    for (const path of [
      'image_files/11/3_0.jpeg',
      'image_files/12/0_0.jpeg',
      'image_files/x/0_0.jpeg',
    ]) {
      expect((await get(path)).status, path).toBe(404);
    }
  });
});

describe('the nuclei', () => {
  it('are each in one tile per level, as in the files', async () => {
    const layout = pointsLayoutSchema.parse(await (await get('points')).json());
    expect(layout.datasets.map(({ id }) => id)).toEqual(['consep', 'ocelot']);
    expect(layout.image).toEqual({ width: WIDTH, height: HEIGHT, mpp: 0.5 });
    const grid = pointGrid(layout.image, layout.image.mpp);
    expect(layout.grid).toMatchObject({ cellPx: grid.cellPx, levels: grid.levels });
    for (const { dataset, total, classes } of job.results) {
      for (let z = 0; z < grid.levels; z++) {
        const { width, height } = tilesOf(grid, z);
        let [points, counted] = [0, 0];
        const rows: string[] = [];
        const kinds = classes.map(() => 0);
        for (let i = 0; i < width * height; i++) {
          const place = `${z}/${i % width}/${Math.floor(i / width)}`;
          const tile = decodePointTile(await bytesOf(`points/${dataset}/${place}`));
          points += tile.total;
          const { nuclei } = tile;
          for (let row = 0; row < nuclei.length; row++) {
            rows.push(`${nuclei.x[row]!.toFixed(2)},${nuclei.y[row]!.toFixed(2)}`);
          }
          const counts = decodeCountTile(await bytesOf(`counts/${dataset}/${place}`));
          counts.keys.forEach((key, k) => {
            counted += counts.counts[k]!;
            kinds[Math.floor(key / SCORE_STEPS) % classes.length]! += counts.counts[k]!;
          });
        }
        expect([points, counted]).toEqual([total, total]);
        expect(kinds).toEqual(classes.map((one) => one.count));
        if (z < grid.levels - 1) continue;
        const csv = await (await get(`exports/${dataset}.csv`)).text();
        const places = csv
          .trim()
          .split('\n')
          .slice(1)
          .map((row) => row.split(',').slice(0, 2));
        const written = places.map(([x, y]) => `${Number(x).toFixed(2)},${Number(y).toFixed(2)}`);
        expect(rows.sort()).toEqual(written.sort());
      }
    }
  });

  it('never change once the job is complete', async () => {
    const response = await get('points/consep/0/0/0');
    expect(response.headers.get('cache-control')).toMatch(/immutable/);
    const etag = response.headers.get('etag')!;
    const again = await get('points/consep/0/0/0', { ...owner, 'if-none-match': etag });
    expect(again.status).toBe(304);
  });

  it('are counted in a region as the detections there', async () => {
    const bbox = [100, 80, 700, 500];
    const csv = await (
      await get(`detections?dataset=consep&bbox=${bbox}&minScore=0.6&format=csv`)
    ).text();
    const inside = csv.trim().split('\n').slice(1);
    const box = await count({ dataset: 'consep', bbox, minScore: 0.6 });
    expect(box).toMatchObject({ dataset: 'consep', total: inside.length, isPartial: false });
    expect(inside.length).toBeGreaterThan(100);
    const [x0, y0, x1, y1] = bbox as [number, number, number, number];
    const ring = [
      [x0, y0],
      [x1, y0],
      [x1, y1],
      [x0, y1],
      [x0, y0],
    ];
    const region = { type: 'Polygon', coordinates: [ring] };
    expect(await count({ dataset: 'consep', region, minScore: 0.6 })).toEqual(box);
    const all = await count({ dataset: 'ocelot' });
    expect(all.total).toBe(job.results[1]!.total);
  });

  it('of a job of some classes are counted without the others, which the page leaves out', async () => {
    const some = await completed('dataset=consep&mpp=0.5&exports=csv&classes=epithelial');
    const at = (path: string, init: RequestInit = {}) =>
      fetch(`${url}/v1/jobs/${some.id}/${path}`, {
        ...init,
        headers: { ...owner, 'content-type': 'application/json' },
      });
    const counts = await (await at('counts', { method: 'POST', body: '{}' })).json();
    const { total } = some.results[0]!;
    const classes = [{ name: 'Epithelial', count: total }];
    expect(countsSchema.parse(counts)).toMatchObject({ hasAllClasses: false, total, classes });
    const { datasets } = pointsLayoutSchema.parse(await (await at('points')).json());
    expect(datasets[0]!.classes.map(({ isAskedFor }) => isAskedFor)).toEqual([false, true, false]);
  });

  it('are asked for with names and places that exist', async () => {
    expect(await codeOf(await get('points/lizard/0/0/0'))).toBe('DATASET_UNKNOWN');
    expect(await codeOf(await get('points/consep/0/1/0'))).toBe('NOT_FOUND');
    expect(await codeOf(await get('points/consep/9/0/0'))).toBe('NOT_FOUND');
    expect(await codeOf(await get('points/consep/-1/0/0'))).toBe('NOT_FOUND');
    const response = await fetch(`${url}/v1/jobs/${job.id}/counts`, {
      method: 'POST',
      headers: { ...owner, 'content-type': 'application/json' },
      body: '{"dataset":"consep","region":{"type":"Polygon","coordinates":[[[0,0],[1,1],[2,2],[0,0]]]}}',
    });
    expect(await codeOf(response)).toBe('INVALID_OPTIONS');
  });
});

describe('a viewer', () => {
  it('sees nothing of the jobs of others', async () => {
    const paths = [
      'image.dzi',
      'image_files/11/0_0.jpeg',
      'iiif/info.json',
      'points',
      'points/consep/0/0/0',
      'counts/consep/0/0/0',
    ];
    for (const path of paths) {
      expect(await codeOf(await get(path, as('other'))), path).toBe('NOT_FOUND');
      expect((await get(path, {})).status, path).toBe(401);
    }
  });

  it('may ask for more tiles than a client for answers', async () => {
    const asked = Array.from({ length: 500 }, () => get('points/consep/0/0/0'));
    const statuses = await Promise.all(asked.map(async (one) => (await one).status));
    expect(new Set(statuses)).toEqual(new Set([200]));
  });

  it('gets its page and scripts', async () => {
    const page = await fetch(`${url}/viewer`);
    expect(page.headers.get('content-security-policy')).toContain("connect-src 'self'");
    for (const name of ['viewer.js', 'overlay.js']) {
      const script = await fetch(`${url}/viewer/${name}`);
      expect(script.headers.get('content-type')).toContain('text/javascript');
    }
  });

  it('finds nothing after the job was erased', async () => {
    await fetch(`${url}/v1/jobs/${job.id}`, { method: 'DELETE', headers: owner });
    for (const path of ['image_files/11/0_0.jpeg', 'points', 'points/consep/0/0/0']) {
      expect((await get(path)).status, path).toBe(404);
    }
  });
});
