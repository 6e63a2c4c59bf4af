/**
 * The Python that has the package's extras: the `.venv` that `.ci/run` makes, or `python3`.
 *
 * @module
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const models = fileURLToPath(new URL('../../models', import.meta.url));

/** Runs Python in `models/`, gives what it printed and throws with its words when it fails. */
export type Python = (...args: string[]) => string;

/** What `models[dev,export]` brings. */
const PACKAGE_MODULES = ['numpy', 'onnx', 'onnxruntime', 'onnxscript', 'pytest', 'scipy', 'torch'];

/**
 * @param modules What must be there; by default the packages of `models[dev,export]`.
 * @returns `undefined` when no Python has them.
 */
export function findPython(modules: readonly string[] = PACKAGE_MODULES): Python | undefined {
  const command = findPythonCommand(modules);
  if (command === undefined) return undefined;
  return (...args) => {
    const { status, stdout, stderr } = run(command, args);
    if (status !== 0) throw new Error(`python ${args.join(' ')} ended with ${status}: ${stderr}`);
    return stdout;
  };
}

/** As {@link findPython}, for who must not wait: the program. */
export function findPythonCommand(modules: readonly string[]): string | undefined {
  const own = join(models, '../.venv/bin/python');
  const needed = `import ${modules.join(', ')}`;
  return [...(existsSync(own) ? [own] : []), 'python3'].find(
    (candidate) => run(candidate, ['-c', needed]).status === 0,
  );
}

function run(command: string, args: readonly string[]) {
  const env = { ...process.env, PYTHONPATH: models };
  return spawnSync(command, args, { cwd: models, env, encoding: 'utf8' });
}
