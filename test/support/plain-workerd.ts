/**
 * The Worker as it would be deployed, alone in one workerd process: without wrangler's proxy, its
 * middleware and its simulated services, so that what the process holds is the Worker's.
 *
 * @module
 */

import { execFileSync, spawn } from 'node:child_process';
import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { oncePerRun } from './run-folder.ts';
import type { RunningService } from './start-edge.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

export interface PlainWorkerd extends RunningService {
  readonly pid: number;
}

export interface PlainStart {
  /** Folder whose subfolders are models. */
  readonly models?: string;
  readonly variables?: Readonly<Record<string, string>>;
  readonly v8Flags?: readonly string[];
  /** Runs before the Worker's own code, in its isolate. */
  readonly prelude?: string;
  /** A command that starts workerd, for instance with a limit. */
  readonly launcher?: readonly string[];
}

/** Bundles the Worker into a folder, as `npm run deploy:edge -- --dry-run` does. */
export function bundleEdge(out: string): void {
  const wrangler = join(root, 'node_modules/wrangler/bin/wrangler.js');
  execFileSync(process.execPath, [wrangler, 'deploy', '--dry-run', '--outdir', out], {
    cwd: root,
    env: { ...process.env, WRANGLER_SEND_METRICS: 'false' },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

/** Starts the bundled Worker on a free port of this machine. */
export async function startPlainWorkerd(start: PlainStart = {}): Promise<PlainWorkerd> {
  const folder = mkdtempSync(join(tmpdir(), 'unicell-workerd-'));
  const bundle = await oncePerRun('edge-bundle', bundleEdge);
  for (const name of readdirSync(bundle)) symlinkSync(join(bundle, name), join(folder, name));
  writeFileSync(join(folder, 'prelude.js'), start.prelude ?? '');
  writeFileSync(
    join(folder, 'entry.js'),
    "import './prelude.js';\nexport { default } from './worker.js';\n",
  );
  writeFileSync(join(folder, 'workerd.capnp'), config(folder, start));
  const binary = createRequire(import.meta.url)('workerd').default as string;
  const [command, ...words] = [...(start.launcher ?? []), binary];
  const workerd = spawn(
    command!,
    [...words, 'serve', join(folder, 'workerd.capnp'), '--control-fd=3'],
    { stdio: ['ignore', 'inherit', 'inherit', 'pipe'] },
  );
  const ended = new Promise<void>((resolve) => workerd.once('exit', () => resolve()));
  const kill = () => workerd.kill('SIGKILL');
  // It would outlive a process that ends without closing it.
  process.once('exit', kill);
  const close = async () => {
    process.off('exit', kill);
    kill();
    await ended;
    rmSync(folder, { recursive: true });
  };
  const port = await Promise.race([
    portOf(workerd.stdio[3] as Readable),
    ended.then(() => undefined),
  ]);
  if (port === undefined) {
    await close();
    throw new Error('workerd ended before it listened');
  }
  return { url: `http://127.0.0.1:${port}`, pid: workerd.pid!, close };
}

async function portOf(control: Readable): Promise<number | undefined> {
  for await (const line of createInterface(control)) {
    const { event, port } = JSON.parse(line) as { event: string; port: number };
    if (event === 'listen') return port;
  }
  return undefined;
}

/** A configuration in Cap'n Proto's text form. */
function config(folder: string, { models, variables = {}, v8Flags = [] }: PlainStart): string {
  const [, date] = /compatibility_date = "(.*)"/.exec(
    readFileSync(join(root, 'wrangler.toml'), 'utf8'),
  )!;
  const text = (value: string) => JSON.stringify(value);
  const files = readdirSync(folder).filter((name) => /\.(js|wasm|html|txt)$/.test(name));
  // The first module is the entry.
  const modules = ['entry.js', ...files.filter((name) => name !== 'entry.js')].map((name) => {
    const kind = { js: 'esModule', wasm: 'wasm', html: 'text', txt: 'text' }[
      name.split('.').at(-1)!
    ]!;
    return `(name = ${text(name)}, ${kind} = embed ${text(name)})`;
  });
  const bindings = Object.entries(variables).map(
    ([name, value]) => `(name = ${text(name)}, text = ${text(value)})`,
  );
  bindings.push('(name = "ASSETS", service = "models")');
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "edge", worker = (
      modules = [${modules.join(', ')}],
      compatibilityDate = ${text(date!)},
      bindings = [${bindings.join(', ')}],
    )),
    (name = "internet", network = (allow = ["public", "private"])),
    (name = "models", disk = (path = ${text(models ?? join(root, 'models'))})),
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "edge")],
  v8Flags = [${v8Flags.map(text).join(', ')}],
);
`;
}
