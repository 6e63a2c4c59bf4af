/**
 * `npm run build:client [FOLDER]`: the client of `shared/client` as an npm package of its own, for those who call a
 * tier and need nothing of what it is made of: one JavaScript file and its types.
 *
 * @module
 */
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';
import { compile, root } from './compile.ts';

const entry = 'shared/client/client.ts';
const out = resolve(process.argv[2] ?? join(root, 'dist', 'client'));
const { version, license, dependencies } = JSON.parse(
  readFileSync(join(root, 'package.json'), 'utf8'),
) as { version: string; license: string; dependencies: Record<string, string> };

rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });
await build({
  entryPoints: [join(root, entry)],
  outfile: join(out, 'client.js'),
  bundle: true,
  format: 'esm',
  target: 'es2022',
  logLevel: 'error',
});
compile({ files: [entry], outDir: join(out, 'types'), options: { emitDeclarationOnly: true } });
copyFileSync(join(root, 'LICENSE'), join(out, 'LICENSE'));
const types = './types/shared/client/client.d.ts';
writeFileSync(
  join(out, 'package.json'),
  `${JSON.stringify(
    {
      name: 'unicell-edge-client',
      version,
      license,
      description:
        'Typed client of UniCell Edge, which finds and names cell nuclei. Research use only.',
      type: 'module',
      types,
      exports: { '.': { types, default: './client.js' } },
      // Its types are those of the service's schemas.
      dependencies: { zod: dependencies.zod },
    },
    null,
    2,
  )}\n`,
);
console.log(`${out}: npm install it, or npm pack it`);
