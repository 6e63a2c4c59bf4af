import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { fileCircles, folderCircles, moduleGraph } from './support/module-graph.ts';
import { tempFolder } from './support/temp-folder.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Writes files by path; returns their folder. */
function written(files: Readonly<Record<string, string>>): string {
  const folder = tempFolder();
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
  return folder;
}

/** The rules that Biome, with the project's configuration, reports for each file, by path. */
function lint(files: Readonly<Record<string, string>>): Record<string, string[]> {
  const folder = written(files);
  cpSync(join(root, 'package.json'), join(folder, 'package.json'));
  cpSync(join(root, 'biome.json'), join(folder, 'biome.json'));
  const biome = spawnSync(
    join(root, 'node_modules/.bin/biome'),
    ['lint', '--vcs-enabled=false', '--reporter=json', '.'],
    { cwd: folder, encoding: 'utf8', shell: process.platform === 'win32' },
  );
  const { diagnostics } = JSON.parse(biome.stdout) as {
    diagnostics: { category: string; location: { path: string } }[];
  };
  return Object.fromEntries(
    Object.keys(files).map((path) => [
      path,
      diagnostics
        .filter(({ location }) => location.path === path)
        .map(({ category }) => category.replace(/^lint\/\w+\//, ''))
        .sort(),
    ]),
  );
}

describe('the dependency rule', () => {
  const imports = 'noRestrictedImports';
  const forbidden: [path: string, content: string, rule: string][] = [
    ['shared/a/node.ts', "import 'node:fs/promises';", imports],
    ['shared/a/bare.ts', "import 'fs';", 'noNodejsModules'],
    [
      'shared/a/type.ts',
      "import type { Server } from 'node:http';\nexport type S = Server;",
      imports,
    ],
    ['shared/a/again.ts', "export * from '../../src-gpu/overlay/overlay.ts';", imports],
    ['shared/a/late.ts', "export const a = import('../../src-edge/worker.ts');", imports],
    ['shared/a/web.ts', "import 'onnxruntime-web/wasm';", imports],
    ['shared/a/native.ts', "import 'onnxruntime-node';", imports],
    ['shared/a/workers.ts', "import 'cloudflare:workers';", imports],
    ['shared/a/sharp.ts', "import 'sharp';", imports],
    ['shared/a/clock.ts', 'export const now = Date.now();', 'noRestrictedGlobals'],
    ['shared/a/network.ts', "export const page = fetch('/');", 'noRestrictedGlobals'],
    ['shared/a/process.ts', 'export const args = process.argv;', 'noRestrictedGlobals'],
    ['shared/a/unlisted.ts', "import 'pako';", 'noUndeclaredDependencies'],
    ['shared/a/ring.ts', "import './ring-back.ts';", 'noImportCycles'],
    ['shared/a/ring-back.ts', "import './ring.ts';", 'noImportCycles'],
    [
      'shared/a/types.ts',
      "import type { B } from './types-back.ts';\nexport type A = B | 1;",
      'noImportCycles',
    ],
    [
      'shared/a/types-back.ts',
      "import type { A } from './types.ts';\nexport type B = A | 2;",
      'noImportCycles',
    ],
    ['src-edge/a.ts', "import '../src-gpu/overlay/overlay.ts';", imports],
    ['src-gpu/a.ts', "import '../src-edge/worker.ts';", imports],
    ['src-gpu/a/b.ts', "import '../../test/support/bomb.ts';", imports],
  ];
  const allowed = {
    'shared/b/core.ts': "import 'kdbush';\nimport '../errors.ts';",
    'shared/b/core.test.ts': "import 'node:fs';\nimport '../../test/support/bomb.ts';",
    'shared/errors.ts': 'export const code = 1;',
    'src-gpu/b.ts': "import 'node:fs';\nimport 'sharp';\nimport '../shared/errors.ts';",
    'src-edge/b.ts': "import '../shared/errors.ts';",
  };
  const found = lint({
    ...Object.fromEntries(forbidden.map(([path, content]) => [path, content])),
    ...allowed,
  });

  it.each(forbidden)('refuses %s', (path, _content, rule) => {
    expect(found[path]).toContain(rule);
  });

  it.each(Object.entries(allowed))('lets %s pass', (path) => {
    expect(found[path]).toEqual([]);
  });
});

describe('the plan of the house', () => {
  const graph = moduleGraph(root, ['shared', 'src-edge', 'src-gpu', 'test']);
  const sources = new Map(
    [...graph].filter(([file]) => !file.startsWith('test/') && !file.endsWith('.test.ts')),
  );

  it('has no files that import each other in a circle', () => {
    expect(fileCircles(graph)).toEqual([]);
  });

  it('has no folders side by side that import each other', () => {
    expect(folderCircles(sources)).toEqual([]);
  });

  it('keeps tests and what only tests need out of the sources', () => {
    const suites = [...sources].filter(([file]) =>
      /from '(vitest|fast-check)'/.test(readFileSync(join(root, file), 'utf8')),
    );
    expect(suites.map(([file]) => file)).toEqual([]);
  });

  it('lets nothing but the demo draw synthetic tissue', () => {
    const users = [...sources]
      .filter(([, imported]) => imported.some((file) => file.includes('/synthetic/')))
      .map(([file]) => file);
    expect(users.filter((file) => !file.startsWith('src-gpu/demo/'))).toEqual([]);
    expect(users).toContain('src-gpu/demo/demo-image.ts');
  });

  it('sees types, late imports, threads, and folders that stand side by side', () => {
    const folder = written({
      'src/a/a.ts': "import type { B } from '../b/deep/b.ts';\nexport type A = B;",
      'src/b/deep/b.ts': "export type B = import('./late.ts').Late;",
      'src/b/deep/late.ts': "export type Late = 1;\nexport const load = () => import('../up.ts');",
      'src/b/up.ts': "new URL('./thread.ts', import.meta.url);",
      'src/b/thread.ts': "export * from '../a/other.ts';",
      'src/a/other.ts': 'export const other = 1;',
      'src/one.ts': "export { two } from './two.ts';",
      'src/two.ts':
        "import type { two as own } from './one.ts';\nexport const two: typeof own = 2;",
    });
    const found = moduleGraph(folder, ['src']);
    expect(fileCircles(found).map(({ members }) => members)).toEqual([
      ['src/one.ts', 'src/two.ts'],
    ]);
    const [circle, ...others] = folderCircles(found);
    expect(others).toEqual([]);
    expect(circle).toEqual({
      members: ['src/a', 'src/b'],
      imports: expect.arrayContaining([
        ['src/a/a.ts', 'src/b/deep/b.ts'],
        ['src/b/thread.ts', 'src/a/other.ts'],
      ]),
    });
  });
});
