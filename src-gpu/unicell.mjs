#!/usr/bin/env node
/**
 * Starts the `unicell` command. The program is TypeScript that Node 24 runs as it is; an older Node that
 * calls this file hands over to the Node that the project installs beside it.
 *
 * @module
 */
import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { installedNode } from './installed-node.mjs';

// Tiles are decoded in libuv's threads, of which there are four unless it is said before the first is used.
process.env.UV_THREADPOOL_SIZE ??= String(Math.max(4, availableParallelism()));

const main = new URL('./command/main.ts', import.meta.url);

if (Number.parseInt(process.versions.node, 10) >= 24) {
  await import(main.href);
} else {
  const node = installedNode();
  if (node) {
    handOver(node);
  } else {
    console.error(
      `unicell runs on Node 24 or newer and this is Node ${process.versions.node}. Run \`npm ci\` in ` +
        `${fileURLToPath(new URL('..', import.meta.url))} to get one beside it, or install Node 24.`,
    );
    process.exitCode = 1;
  }
}

/** Runs the command in `node`, passes signals on and ends as it ends. */
function handOver(/** @type {string} */ node) {
  const child = spawn(node, [fileURLToPath(main), ...process.argv.slice(2)], {
    stdio: 'inherit',
  });
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
    process.on(signal, () => child.kill(signal));
  }
  child.on('error', (error) => {
    console.error(`Could not start ${node}: ${error.message}`);
    process.exitCode = 1;
  });
  child.on('exit', (code, signal) => {
    if (signal) {
      process.removeAllListeners(signal);
      process.kill(process.pid, signal);
    } else {
      process.exitCode = code ?? 1;
    }
  });
}
