/**
 * The compiler, for the builds of this folder.
 *
 * @module
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Of the repository. */
export const root = fileURLToPath(new URL('../..', import.meta.url));

/** What is compiled, and how it differs from the settings that check the sources. */
export interface Compilation {
  /** Paths in the repository; what they import follows. */
  readonly files: readonly string[];
  /** Files lie in there as in the repository. */
  readonly outDir: string;
  /** A `tsconfig.json` of the repository that the options extend. */
  readonly base?: string;
  readonly options: Readonly<Record<string, unknown>>;
}

/** @throws What the compiler says is on standard output, and an error is thrown. */
export function compile({ files, outDir, base = 'tsconfig.json', options }: Compilation): void {
  // No JavaScript there, so the compiler is its own program.
  const compiler = join(
    createRequire(import.meta.url).resolve('typescript/package.json'),
    '../bin/tsc',
  );
  mkdirSync(outDir, { recursive: true });
  const settings = join(outDir, 'tsconfig.json');
  const compilerOptions = {
    noEmit: false,
    declaration: true,
    rootDir: root,
    outDir,
    typeRoots: [join(root, 'node_modules/@types')],
    ...options,
  };
  const absolute = files.map((file) => join(root, file));
  writeFileSync(
    settings,
    JSON.stringify({
      extends: join(root, base),
      compilerOptions,
      files: absolute,
      include: [],
      exclude: [],
    }),
  );
  try {
    execFileSync(process.execPath, [compiler, '-p', settings], { stdio: 'inherit' });
  } finally {
    rmSync(settings);
  }
}
