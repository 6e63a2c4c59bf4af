/**
 * `npm run build:package [FOLDER]`: the npm package `unicell-edge`: the command, the service and the core as
 * JavaScript with types, the pages, and the models.
 *
 * Node strips the types of no file in `node_modules`, so the sources cannot be published as they are; the repository's
 * own `package.json` stays private.
 *
 * @module
 */
import {
  chmodSync,
  copyFileSync,
  cpSync,
  globSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { compile, root } from './compile.ts';

/** A program that is started as a thread or process: no import names it. */
const STARTED = /new URL\(\s*'([^']+)\.ts',\s*import\.meta\.url\s*\)/g;
const COMMAND = 'src-gpu/unicell.mjs';
const ENTRIES = ['core', 'formats', 'server'].map((name) => `src-gpu/package/${name}.ts`);
const CLIENT = 'shared/client/client.ts';

const out = resolve(process.argv[2] ?? join(root, 'dist', 'package'));
rmSync(out, { recursive: true, force: true });

compile({
  files: [
    COMMAND,
    ...startedPrograms(),
    ...ENTRIES,
    CLIENT,
    ...globSync('{shared,src-gpu}/**/*.d.ts', { cwd: root }),
  ],
  outDir: out,
  options: {},
});
compile({
  base: 'shared/browser/tsconfig.json',
  files: globSync('shared/browser/{playground,viewer}/*.ts', { cwd: root }),
  outDir: out,
  options: { declaration: false },
});
for (const file of globSync('**/*.{js,mjs}', { cwd: out })) {
  const path = join(out, file);
  const text = readFileSync(path, 'utf8');
  const compiled = text.replaceAll(STARTED, "new URL('$1.js', import.meta.url)");
  if (compiled !== text) writeFileSync(path, compiled);
}
for (const page of globSync('shared/browser/{*.html,*/*.css,samples/*}', { cwd: root })) copy(page);
for (const card of globSync('models/*/card.json', { cwd: root })) {
  const files = globSync(`${dirname(card)}/{card.json,LICENSE,*.onnx}`, { cwd: root });
  for (const file of files) copy(file);
}
for (const file of ['LICENSE', 'CHANGELOG.md', 'SECURITY.md']) copy(file);
copyFileSync(join(root, 'src-gpu/package/README.md'), join(out, 'README.md'));
chmodSync(join(out, COMMAND), 0o755);
writeFileSync(join(out, 'package.json'), `${JSON.stringify(manifest(), null, 2)}\n`);
console.log(`${out}: npm install it, npm pack it, or npm publish it`);

/** What the sources start as a thread or a process of its own. */
function startedPrograms(): string[] {
  const programs = new Set<string>();
  for (const file of globSync('{shared,src-gpu}/**/*.{ts,mjs}', { cwd: root })) {
    if (file.endsWith('.test.ts')) continue;
    for (const [, program] of readFileSync(join(root, file), 'utf8').matchAll(STARTED)) {
      programs.add(join(file, '..', `${program}.ts`));
    }
  }
  return [...programs];
}

function copy(file: string): void {
  cpSync(join(root, file), join(out, file));
}

function manifest() {
  const { version, description, license, engines, dependencies, optionalDependencies } = JSON.parse(
    readFileSync(join(root, 'package.json'), 'utf8'),
  ) as Record<string, unknown>;
  const exported = (file: string) => {
    const stem = `./${file.replace(/\.ts$/, '')}`;
    return { types: `${stem}.d.ts`, default: `${stem}.js` };
  };
  const [core, formats, server] = ENTRIES.map(exported);
  return {
    ...{ name: 'unicell-edge', version, description, license, type: 'module', engines },
    keywords: ['pathology', 'nuclei', 'cell detection', 'whole slide image', 'H&E', 'DICOM'],
    bin: { unicell: COMMAND },
    exports: {
      '.': core,
      './client': exported(CLIENT),
      './formats': formats,
      './server': server,
      './package.json': './package.json',
    },
    dependencies,
    optionalDependencies,
  };
}
