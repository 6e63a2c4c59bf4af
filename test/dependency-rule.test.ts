import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { tempFolder } from './support/temp-folder.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

/** The rules that Biome, with the project's configuration, reports for each file, by path. */
function lint(files: Readonly<Record<string, string>>): Record<string, string[]> {
  const folder = tempFolder();
  cpSync(join(root, 'package.json'), join(folder, 'package.json'));
  cpSync(join(root, 'biome.json'), join(folder, 'biome.json'));
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
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
