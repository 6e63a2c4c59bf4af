/**
 * `examples/qupath/import-folder.groovy`, run by Groovy with stand-ins for the parts of QuPath that it calls.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, realpathSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { consep } from '../../shared/datasets/consep.ts';
import { fileSlices } from '../../shared/formats/file-slices.ts';
import { findFormat } from '../../shared/formats/registry.ts';
import type { Nuclei } from '../../shared/nuclei/nuclei.ts';
import { sliceNuclei } from '../../shared/nuclei/select.ts';
import { tempFolder } from '../support/temp-folder.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const java = '/usr/bin/java';
const env = {
  ...process.env,
  // Most of the time of a short script is the compiler that makes long ones fast.
  JAVA_OPTS: '-XX:TieredStopAtLevel=1 -XX:+UseSerialGC',
  // Debian's start script takes nothing but a link that not every Java package brings.
  ...(existsSync(java) ? { JAVA_HOME: dirname(dirname(realpathSync(java))) } : {}),
};
const hasGroovy = spawnSync('groovy', ['--version'], { env }).status === 0;
if (!hasGroovy) console.warn('SKIPPED the script for QuPath: groovy is not installed.');

const nuclei: Nuclei = {
  length: 25,
  x: Float32Array.from({ length: 25 }, (_, i) => i),
  y: new Float32Array(25),
  class: new Uint8Array(25),
  score: new Float32Array(25).fill(0.5),
};

/** Writes a result as `unicell detect` names it. */
async function writeResult(folder: string, image: string, id: string, maxCount: number) {
  const format = { ...findFormat(id), maxCount };
  const { write } = await format.load();
  const stem = `${image.replace('.svs', '')}.consep`;
  const slices = fileSlices(format, stem, nuclei.length);
  for (const { name, start, end, part } of slices) {
    const parts = write({
      nuclei: sliceNuclei(nuclei, start, end),
      dataset: consep,
      image: { id: image, width: 100, height: 100, mpp: 0.5 },
      model: { id: 'compact', version: '1.0' },
      part,
    });
    writeFileSync(join(folder, name), Buffer.concat([...parts]));
  }
  return slices.map(({ name }) => join(folder, name));
}

/** Runs the script twice for one image. */
function run(folder: string, image: string, file: string) {
  const script = join(root, 'examples/qupath/import-folder.groovy');
  const harness = ['-cp', join(root, 'test/qupath/stand-ins'), 'test/qupath/run-script.groovy'];
  const { stdout, stderr } = spawnSync('groovy', [...harness, script, image, file, folder], {
    cwd: root,
    env,
    encoding: 'utf8',
  });
  return { lines: stdout.trim().split('\n'), stderr };
}

describe.skipIf(!hasGroovy)('the import of a folder', () => {
  it('takes all parts of the image, once, and no other image', async () => {
    const folder = tempFolder();
    await writeResult(folder, 'a.svs', 'qupath', 10);
    await writeResult(folder, 'b.svs', 'qupath', 1000);
    writeFileSync(join(folder, 'others.geojson'), '{"type":"FeatureCollection","features":[]}');
    expect(run(folder, 'a.svs', '/slides/a.svs').lines).toEqual([
      'a.svs: 25 nuclei from a.consep.geojson (3 files).',
      'objects: 25',
      'a.svs: 0 nuclei from a.consep.geojson (3 files).',
      'objects: 25',
    ]);
  });

  it('takes gzipped files as they are', async () => {
    const folder = tempFolder();
    await writeResult(folder, 'a.svs', 'qupath-gz', 10);
    expect(run(folder, 'a.svs', '/slides/a.svs').lines.slice(0, 2)).toEqual([
      'a.svs: 25 nuclei from a.consep.geojson.gz (3 files).',
      'objects: 25',
    ]);
  });

  it('finds an image that the project calls otherwise by its file', async () => {
    const folder = tempFolder();
    await writeResult(folder, 'b.svs', 'qupath-circles', 1000);
    const { lines } = run(folder, 'Patient 7', '/slides/b.svs');
    expect(lines[0]).toBe('Patient 7: 25 nuclei from b.consep.circles.geojson (1 file).');
    expect(run(folder, 'c', '/slides/c.svs').lines[0]).toBe(`c: no file in ${folder} is of it.`);
  });

  it('imports nothing when a part is missing or of another run', async () => {
    const folder = tempFolder();
    const paths = await writeResult(folder, 'a.svs', 'qupath', 10);
    renameSync(paths[1]!, `${paths[1]}.away`);
    const { lines, stderr } = run(folder, 'a.svs', '/slides/a.svs');
    expect(lines).toEqual(['']);
    expect(stderr).toContain('a.consep.geojson has the parts 1, 3 of 3');
    renameSync(`${paths[1]}.away`, paths[1]!);
    await writeResult(folder, 'a.svs', 'qupath', 15);
    expect(run(folder, 'a.svs', '/slides/a.svs').stderr).toContain('of 2 or 3');
  });

  it('says that there is no folder', () => {
    const folder = join(tempFolder(), 'none');
    expect(run(folder, 'a.svs', '/slides/a.svs').stderr).toContain(`${folder} is no folder`);
  });
});
