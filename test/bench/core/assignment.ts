/**
 * The assignment of 3000 nuclei to 2700 predictions against scipy's on the same points: rounds of both by
 * turns, so that whatever else the machine does falls on both. Ours computes its distances within the
 * time; scipy's matrix is ready before. Two layouts: both sets random (the hard one, long paths), and
 * predictions that found four fifths of the nuclei (what an evaluation looks like).
 *
 * @module
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Random, streamFor } from '../../../shared/random.ts';
import { assignPoints } from '../../../shared/scoring/assignment.ts';
import type { Points } from '../../../shared/scoring/labelled-points.ts';
import { median, printPart } from '../report.ts';

const TRUTH = 3000;
const PREDICTIONS = 2700;
const SIDE_PX = 1000;
const ROUNDS = 5;
const REPEATS = 3;

interface ScipyRun {
  readonly ms: readonly number[];
  readonly cost: number;
  readonly versions: Readonly<Record<string, string>>;
}

const folder = mkdtempSync(join(tmpdir(), 'unicell-bench-'));
let versions: Readonly<Record<string, string>> = {};
try {
  const [truth, predictions] = layout('random', 0);
  const firstMs = timeOurs(truth, predictions).ms;
  const random = compare('random');
  const found = compare('found');
  printPart({
    versions,
    figures: {
      assignment_vs_scipy: random.ours / random.scipy,
      assignment_ms: random.ours,
      scipy_ms: random.scipy,
      assignment_first_call_ms: firstMs,
      assignment_found_vs_scipy: found.ours / found.scipy,
      assignment_found_ms: found.ours,
      scipy_found_ms: found.scipy,
    },
  });
} finally {
  rmSync(folder, { recursive: true });
}

function compare(kind: 'random' | 'found'): { ours: number; scipy: number } {
  const ours: number[] = [];
  const scipy: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const [truth, predictions] = layout(kind, round + 1);
    const theirs = runScipy(truth, predictions);
    versions = theirs.versions;
    scipy.push(...theirs.ms);
    for (let i = 0; i < REPEATS; i++) {
      const { ms, cost } = timeOurs(truth, predictions);
      ours.push(ms);
      if (Math.abs(cost - theirs.cost) > 1e-9 * theirs.cost) {
        throw new Error(`The sums differ: ours ${cost}, scipy's ${theirs.cost}.`);
      }
    }
  }
  return { ours: median(ours), scipy: median(scipy) };
}

function timeOurs(truth: Points, predictions: Points): { ms: number; cost: number } {
  const start = performance.now();
  const partners = assignPoints(truth, predictions);
  const ms = performance.now() - start;
  const cost = partners.reduce((sum, j, i) => {
    if (j < 0) return sum;
    return sum + Math.hypot(truth.x[i]! - predictions.x[j]!, truth.y[i]! - predictions.y[j]!);
  }, 0);
  return { ms, cost };
}

function layout(kind: 'random' | 'found', seed: number): [Points, Points] {
  const random = streamFor(seed, kind);
  const truth = scatter(random, TRUTH);
  const predictions = scatter(random, PREDICTIONS);
  if (kind === 'found') {
    // Points are in random order, so the first ones are a random choice.
    for (let i = 0; i < 0.8 * TRUTH; i++) {
      predictions.x[i] = truth.x[i]! + random.normal(0, 1.5);
      predictions.y[i] = truth.y[i]! + random.normal(0, 1.5);
    }
  }
  return [truth, predictions];
}

function scatter(random: Random, n: number): { x: Float64Array; y: Float64Array } {
  const axis = () => Float64Array.from({ length: n }, () => random.uniform(0, SIDE_PX));
  return { x: axis(), y: axis() };
}

function runScipy(truth: Points, predictions: Points): ScipyRun {
  const files = [truth, predictions].map(({ x, y }, i) => {
    const file = join(folder, `${i}.f64`);
    writeFileSync(
      file,
      Float64Array.from({ length: 2 * x.length }, (_, k) => (k & 1 ? y : x)[k >> 1]!),
    );
    return file;
  });
  const script = fileURLToPath(new URL('./scipy-assignment.py', import.meta.url));
  const run = spawnSync('python3', [script, ...files, String(REPEATS)], { encoding: 'utf8' });
  if (run.status !== 0) {
    throw new Error(
      `The comparison needs python3 with numpy and scipy (pip install scipy): ${run.error?.message ?? run.stderr}`,
    );
  }
  return JSON.parse(run.stdout) as ScipyRun;
}
