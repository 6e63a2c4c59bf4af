/**
 * What every benchmark shares: the shape of its report, `{machine, versions, figures}`, and how it is
 * measured and shown. Reports lie beside the benchmarks and are committed.
 *
 * @module
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';

/** Figures by name; the unit ends the name: `_ms`, `_s`, `_mb`, `_vs_` for a ratio. */
export type Figures = Readonly<Record<string, number>>;

export interface Report {
  readonly machine: {
    readonly cpu: string;
    readonly cores: number;
    readonly memory_gb: number;
    readonly os: string;
    /** Processes that wanted to run, averaged over the minute before: above `cores`, times are too long. */
    readonly load: number;
  };
  readonly versions: Readonly<Record<string, string>>;
  readonly figures: Figures;
}

/** What a part of a benchmark prints as its last line. */
export interface PartResult {
  readonly figures: Figures;
  readonly versions?: Readonly<Record<string, string>>;
}

/**
 * Runs a script in a process of its own, so that its memory is its own and its code is as warm as it makes
 * it, and reads what it printed with {@link printPart}.
 *
 * @param runs How often; every figure is the median of its runs.
 * @param args Arguments of the script.
 */
export function runPart(script: URL, runs = 1, args: readonly string[] = []): PartResult {
  const results = Array.from({ length: runs }, () => {
    const output = execFileSync(process.execPath, [fileURLToPath(script), ...args], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    return JSON.parse(output.trimEnd().split('\n').at(-1)!) as PartResult;
  });
  const [first] = results;
  const figures = Object.keys(first!.figures).map((name) => [
    name,
    median(results.map((result) => result.figures[name]!)),
  ]);
  return { ...first!, figures: Object.fromEntries(figures) };
}

/** Hands the result of a part to {@link runPart}. */
export function printPart(result: PartResult): void {
  console.log(JSON.stringify(result));
}

/**
 * Writes `name.json` beside the benchmarks and prints the figures.
 *
 * @param goals The largest value that each of these figures should have, for the table only.
 */
export function writeReport(name: string, parts: readonly PartResult[], goals: Figures = {}): void {
  const { version } = JSON.parse(
    readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
  ) as { version: string };
  const report: Report = {
    machine: {
      cpu: cpus()[0]?.model ?? 'unknown',
      cores: availableParallelism(),
      memory_gb: Math.round(totalmem() / 2 ** 30),
      os: `${process.platform} ${process.arch}`,
      load: Number(loadavg()[0]!.toFixed(1)),
    },
    versions: Object.assign(
      { 'unicell-edge': version, node: process.versions.node, v8: process.versions.v8 },
      ...parts.map((part) => part.versions),
    ),
    figures: Object.assign({}, ...parts.map((part) => rounded(part.figures))),
  };
  writeFileSync(new URL(`./${name}.json`, import.meta.url), `${JSON.stringify(report, null, 2)}\n`);
  for (const [figure, value] of Object.entries(report.figures)) {
    const goal = goals[figure];
    const verdict = goal === undefined ? '' : `  goal ${goal}: ${value <= goal ? 'met' : 'MISSED'}`;
    console.log(`${figure.padEnd(28)} ${String(value).padStart(10)}${verdict}`);
  }
}

/** The middle value; of an even number the mean of both. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return (sorted[Math.ceil(middle) - 1]! + sorted[Math.floor(middle)]!) / 2;
}

/**
 * The most memory that this process has held, in MB. Linux counts the process that started it too: it
 * means something only while that one is smaller.
 */
export function peakRssMb(): number {
  return (process.resourceUsage().maxRSS * 1024) / 1e6;
}

/** The version of an installed package. */
export function installedVersion(name: string): string {
  const path = new URL(`../../node_modules/${name}/package.json`, import.meta.url);
  return (JSON.parse(readFileSync(path, 'utf8')) as { version: string }).version;
}

function rounded(figures: Figures): Figures {
  return Object.fromEntries(
    Object.entries(figures).map(([name, value]) => [name, Number(value.toPrecision(4))]),
  );
}
