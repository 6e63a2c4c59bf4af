/**
 * The commands of every page of the documents, run in order in a copy of what a clone holds. What a reader would have of
 * their own is drawn (`seeds.ts`), a service that a page only calls is started, and Orthanc stands for the PACS. What is left
 * out says why (`reasons.ts`).
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it, onTestFinished } from 'vitest';
import { freePort } from '../support/free-port.ts';
import { hasOrthanc } from '../support/orthanc.ts';
import { findPythonCommand } from '../support/python.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { type Block, blocksOf, commandsOf, isShell, pages, readPage } from './blocks.ts';
import { copyOfClone } from './clone.ts';
import { startPacs } from './pacs.ts';
import { type Difference, pageScript } from './page-script.ts';
import { seed } from './seeds.ts';

const canReachPacs = hasOrthanc();
const python = findPythonCommand(['torch', 'onnx', 'onnxruntime', 'onnxscript']);
if (python === undefined) {
  console.warn('SKIPPED: no Python with models[dev,export], so the pages that train are not run.');
}

const cache = tempFolder();
/** A page that trains compiles kernels first. */
const PATIENCE_MS = 1_800_000;

/** A training of a few steps for one of an hour. */
const SHORT: Difference = [
  /^python -m unicell\.train .*$/g,
  '$& --steps 4 --set dense_steps=2 --set batch=1',
];

const all = pages().map((document) => ({
  document,
  blocks: blocksOf(document, readPage(document)).filter(
    (block) => isShell(block) && block.reason === undefined,
  ),
}));
const textOf = (blocks: readonly Block[]) => blocks.map(commandsOf).join('\n');

const missing = ['curl', 'jq', 'openssl'].filter((name) => spawnSync(name, ['--version']).error);
if (missing.length > 0) {
  console.warn(`SKIPPED: ${missing.join(', ')} not installed, so pages that call it are not run.`);
}

function isMissing(text: string): boolean {
  const needsPacs = /dicomweb|pacs\.example\.org|Orthanc/i.test(text);
  const calls = (name: string) => new RegExp(`\\b${name}\\b`).test(text);
  return (
    (needsPacs && !canReachPacs) ||
    (calls('python -m') && python === undefined) ||
    missing.some(calls)
  );
}

describe('the commands', () => {
  const runnable = all.filter(({ blocks }) => blocks.length > 0);
  for (const { document, blocks } of runnable) {
    const text = textOf(blocks);
    it.skipIf(isMissing(text))(`of ${document}`, { timeout: PATIENCE_MS }, async () => {
      const clone = copyOfClone(tempFolder(), cache, python);
      await seed(clone.folder, text);
      const [edge, gpu, view, web] = await Promise.all(Array.from({ length: 4 }, freePort));
      const ports = { edge: edge!, gpu: gpu!, view: view!, web: web! };
      const pacs = text.includes('pacs.example.org') ? await startPacs() : undefined;
      const differences = [SHORT, ...(pacs?.differences ?? [])];
      const script = pageScript(blocks, ports, differences, beforehand(text));
      const { code, output } = await runScript(script, clone.folder, {
        ...clone.env,
        ...pacs?.env,
        UNICELL_URL: `http://127.0.0.1:${gpu}`,
      });
      expect(code, output.split('\n').slice(-60).join('\n')).toBe(0);
    });
  }
});

/** What a page takes for granted: a service that answers, and the reader's key for it. */
function beforehand(text: string): string[] {
  const lines = ['KEY=of-the-reader'];
  const starts = (command: RegExp) => command.test(text);
  if (/:8787\b/.test(text) && !starts(/^npm run dev:edge/m)) lines.push('npm run dev:edge');
  const callsService = /:8080\b|unicell jobs/.test(text);
  if (callsService && !starts(/npm run start:gpu|unicell serve/)) {
    lines.push('npx unicell serve --local');
  }
  return lines;
}

/** Ends what the script has left running, too. */
async function runScript(script: string, cwd: string, env: Readonly<Record<string, string>>) {
  const child = spawn('bash', ['-c', script], {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  onTestFinished(() => endGroup(child.pid!));
  const closed = once(child, 'close');
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      if (process.env.SHOW_DOCS_OUTPUT !== undefined) process.stderr.write(text);
    });
  }
  const [code] = (await once(child, 'exit')) as [number | null];
  endGroup(child.pid!);
  // Its last words may come after it.
  await closed;
  return { code, output };
}

function endGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
