import { execFile, execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { cellPixels, encode } from './api/images.ts';
import { gpuForTests } from './support/gpu-service.ts';
import { tempFolder } from './support/temp-folder.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const project = tempFolder();
const modules = join(project, 'node_modules');
mkdirSync(modules);
const node = (...args: string[]) =>
  execFileSync(process.execPath, args, { cwd: project, encoding: 'utf8', stdio: 'pipe' });
node(join(root, 'src-gpu/deploy/build-client.ts'), join(modules, 'unicell-edge-client'));
symlinkSync(join(root, 'node_modules/zod'), join(modules, 'zod'));
writeFileSync(join(project, 'package.json'), '{"type":"module"}');

const program = `
import { readFile } from 'node:fs/promises';
import { UniCellClient, UniCellProblem } from 'unicell-edge-client';
const unicell = new UniCellClient({ url: process.argv[2] });
const { datasets } = await unicell.detect(await readFile('two.png'), { dataset: 'consep', mpp: 0.5 });
const problem = await unicell.job('none').get().catch((error) => error);
console.log(datasets[0].total.count, problem instanceof UniCellProblem, problem.code);
`;

describe('the client as a package', () => {
  it('runs where nothing else of the project is', async () => {
    const service = await gpuForTests();
    const image = cellPixels(64, 64, [
      [1, 1],
      [5, 3],
    ]);
    writeFileSync(join(project, 'two.png'), await encode(image, 64, 64, 'png'));
    writeFileSync(join(project, 'program.js'), program);
    expect(await run('program.js', service.url)).toBe('2 true NOT_FOUND\n');
  });

  it('has types that hold in a strict project, and refuse what the service would', () => {
    const typed = (options: string) => `
import { type DetectionAnswer, UniCellClient } from 'unicell-edge-client';
const unicell = new UniCellClient({ url: 'https://unicell.example.org' });
export const answer: DetectionAnswer = await unicell.detect(new Uint8Array(8), ${options});
export const status: 'queued' | string = (await unicell.job('1').wait()).status;
`;
    const check = (options: string) => {
      writeFileSync(join(project, 'typed.ts'), typed(options));
      const flags = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2022'];
      node(join(root, 'node_modules/typescript/bin/tsc'), ...flags, '--skipLibCheck', 'typed.ts');
    };
    check("{ dataset: ['consep', 'ocelot'], mpp: 0.25 }");
    expect(() => check("{ dataset: 'consep', mmp: 0.25 }")).toThrow();
    expect(() => check("{ tier: 'cloud' }")).toThrow();
  });
});

/** The service is in this process, which must go on meanwhile. */
async function run(...args: string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(process.execPath, args, { cwd: project }, (error, stdout, stderr) =>
      error ? reject(new Error(stderr)) : resolve(stdout),
    );
  });
}
