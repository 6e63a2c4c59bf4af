/**
 * `npm run bench:pipeline`: what reading, cutting, decoding and merging cost beside the model, on the CPU; the
 * same against a plain Python loop; and whether the memory of a job grows with its slide. Needs python3 with
 * numpy, Pillow and onnxruntime.
 *
 * The three ways take turns, each in a process of its own, in another order every time, so that what else the
 * machine does slows all of them; ratios are taken within a turn.
 *
 * @module
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeEndlessSlide } from './pipeline/endless-slide.ts';
import { type Passage, PIPELINE } from './pipeline/settings.ts';
import { writeSlide } from './pipeline/slide.ts';
import { installedVersion, median, type PartResult, runPart, writeReport } from './report.ts';

const TURNS = 7;
/** Pixels of the slide's plane at the model's resolution. */
const PLANE_PX = 2048;
/** About as many as the large slide has: a process that has worked for longer holds more. */
const MEMORY_WINDOWS = 50_000;

type Way = 'bare' | 'end-to-end' | 'python';

const folder = mkdtempSync(join(tmpdir(), 'unicell-bench-'));
try {
  const slide = await writeSlide(folder);
  writeReport('pipeline', [speed(slide), await memory()], {
    end_to_end_vs_bare: 1.1,
    vs_python_loop: 1,
    rss_ratio_large_small: 1.15,
  });
} finally {
  rmSync(folder, { recursive: true });
}

function speed(slide: string): PartResult {
  const ways: Record<Way, () => Passage> = {
    bare: () => runScript('bare', slide),
    'end-to-end': () => runScript('end-to-end', slide),
    python: () => runPython(slide),
  };
  const names = Object.keys(ways) as Way[];
  const turns = Array.from({ length: TURNS }, (_, turn) => {
    const order = names.map((_, i) => names[(i + turn) % names.length]!);
    const passages = order.map((way) => [way, ways[way]()] as const);
    const all = Object.fromEntries(passages) as Record<Way, Passage>;
    const seconds = names.map((way) => `${way} ${all[way].seconds.toFixed(1)} s`).join(', ');
    console.log(`turn ${turn + 1} of ${TURNS}: ${seconds}`);
    return all;
  });
  const middle = (value: (turn: Record<Way, Passage>) => number) => median(turns.map(value));
  const windows = turns[0]!.bare.windows;
  return {
    figures: {
      end_to_end_vs_bare: middle((turn) => turn['end-to-end'].seconds / turn.bare.seconds),
      vs_python_loop: middle((turn) => turn['end-to-end'].seconds / turn.python.seconds),
      end_to_end_cpu_vs_bare: middle(
        (turn) => turn['end-to-end'].cpuSeconds / turn.bare.cpuSeconds,
      ),
      windows,
      bare_s: middle((turn) => turn.bare.seconds),
      end_to_end_s: middle((turn) => turn['end-to-end'].seconds),
      python_s: middle((turn) => turn.python.seconds),
      windows_per_s: windows / middle((turn) => turn['end-to-end'].seconds),
    },
    versions: {
      model: `${PIPELINE.model}/fp32`,
      'onnxruntime-node': installedVersion('onnxruntime-node'),
      sharp: installedVersion('sharp'),
      ...turns[0]!.python.versions,
    },
  };
}

async function memory(): Promise<PartResult> {
  const rss = async (name: string, width: number, height: number) => {
    const path = join(folder, `${name}.tif`);
    await writeEndlessSlide(path, { width, height });
    console.log(`${width} x ${height} ...`);
    const script = new URL('./pipeline/memory.ts', import.meta.url);
    return runPart(script, 1, [path, String(MEMORY_WINDOWS)]).figures;
  };
  const small = await rss('small', 10_000, 10_000);
  const large = await rss('large', 100_000, 80_000);
  return {
    figures: {
      rss_ratio_large_small: large.rss_mb! / small.rss_mb!,
      rss_small_mb: small.rss_mb!,
      rss_large_mb: large.rss_mb!,
      small_jobs: small.jobs!,
      large_windows: large.windows!,
      large_nuclei: large.nuclei!,
    },
  };
}

function runScript(name: string, slide: string): Passage {
  const script = fileURLToPath(new URL(`./pipeline/${name}.ts`, import.meta.url));
  return passageOf(process.execPath, [script, slide]);
}

function runPython(slide: string): Passage {
  const { model, dataset, batch, threads } = PIPELINE;
  const models = fileURLToPath(new URL('../../models/', import.meta.url));
  return passageOf('python3', [
    join(models, 'bench', 'plain_loop.py'),
    slide,
    ...['--model', join(models, model), '--dataset', dataset],
    ...['--batch', String(batch), '--threads', String(threads), '--plane', String(PLANE_PX)],
  ]);
}

function passageOf(program: string, args: readonly string[]): Passage {
  const output = execFileSync(program, args, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return JSON.parse(output.trimEnd().split('\n').at(-1)!) as Passage;
}
