/**
 * `npm run bench:pipeline`: what reading, cutting, decoding and merging cost beside the model, on the CPU; the
 * same against a plain Python loop and with the model of the last release; and what the end of a job costs. Needs
 * python3 with numpy, Pillow and onnxruntime.
 *
 * The ways run in processes of their own and take turns of a quarter of a second, so that what else the
 * machine does slows all of them alike.
 *
 * @module
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeEndlessSlide } from './pipeline/endless-slide.ts';
import { type Passage, PIPELINE } from './pipeline/settings.ts';
import { AREA_MM2, writeSlide } from './pipeline/slide.ts';
import { type Program, takeTurns } from './pipeline/take-turns.ts';
import { RELEASED, writeReleasedModel } from './released-model.ts';
import { installedVersion, median, type PartResult, writeReport } from './report.ts';

/** How often all ways go through the image. */
const ROUNDS = 5;
/** How often the slide is finalised, both ways. */
const FINALISE_ROUNDS = 3;
/** Sides of the slide that is finalised, at 0.25 um: 36 chunks. */
const FINALISED_PX = 48_000;
/** Pixels of the slide's level at the model's resolution. */
const PLANE_PX = 2048;

type Round = Readonly<
  Record<'bare' | 'whole' | 'loop' | 'released', Passage & { seconds: number }>
>;

const folder = mkdtempSync(join(tmpdir(), 'unicell-bench-'));
try {
  const slide = await writeSlide(folder);
  writeReport('pipeline', [await speed(slide), await finalising()], {
    end_to_end_vs_bare: 1.1,
    vs_python_loop: 1,
    finalise_vs_every_pass: 0.8,
  });
} finally {
  rmSync(folder, { recursive: true });
}

async function speed(slide: string): Promise<PartResult> {
  const programs = [
    script('bare', slide),
    script('end-to-end', slide),
    python(slide),
    script('end-to-end', slide, writeReleasedModel(folder, PIPELINE.model)),
  ];
  const rounds: Round[] = [];
  for (let round = 1; round <= ROUNDS; round++) {
    const [bare, whole, loop, released] = await takeTurns(programs);
    const all = { bare: bare!, whole: whole!, loop: loop!, released: released! };
    rounds.push(all);
    const seconds = Object.entries(all).map(([way, one]) => `${way} ${one.seconds.toFixed(1)} s`);
    console.log(`round ${round} of ${ROUNDS}: ${seconds.join(', ')}`);
  }
  const middle = (value: (round: Round) => number) => median(rounds.map(value));
  const { windows } = rounds[0]!.bare;
  const wholeSeconds = middle(({ whole }) => whole.seconds);
  return {
    figures: {
      end_to_end_vs_bare: middle(({ whole, bare }) => whole.seconds / bare.seconds),
      vs_python_loop: middle(({ whole, loop }) => whole.seconds / loop.seconds),
      end_to_end_cpu_vs_bare: middle(({ whole, bare }) => whole.cpuSeconds / bare.cpuSeconds),
      windows,
      bare_s: middle(({ bare }) => bare.seconds),
      end_to_end_s: wholeSeconds,
      python_s: middle(({ loop }) => loop.seconds),
      windows_per_s: windows / wholeSeconds,
      mm2_per_s: AREA_MM2 / wholeSeconds,
      end_to_end_vs_released: middle(({ whole, released }) => whole.seconds / released.seconds),
    },
    versions: {
      model: `${PIPELINE.model}/fp32`,
      released: `${PIPELINE.model} ${RELEASED.version}`,
      'onnxruntime-node': installedVersion('onnxruntime-node'),
      sharp: installedVersion('sharp'),
      ...rounds[0]!.loop.versions,
    },
  };
}

/** Three datasets in five formats, against reading the chunk files for every pass over the nuclei. */
async function finalising(): Promise<PartResult> {
  const path = join(folder, 'finalised.tif');
  await writeEndlessSlide(path, { width: FINALISED_PX, height: FINALISED_PX });
  const programs = ['once', 'every-pass'].map((way) => script('finalise-slide', path, way));
  const rounds: (Passage & { seconds: number })[][] = [];
  for (let round = 1; round <= FINALISE_ROUNDS; round++) {
    rounds.push([...(await takeTurns(programs))]);
    const seconds = rounds.at(-1)!.map((one) => `${one.seconds.toFixed(1)} s`);
    console.log(`finalising ${round} of ${FINALISE_ROUNDS}: ${seconds.join(', every pass ')}`);
  }
  const middle = (value: (once: Passage & { seconds: number }, every: typeof once) => number) =>
    median(rounds.map(([once, every]) => value(once!, every!)));
  const [once, every] = rounds[0]!;
  return {
    figures: {
      finalise_vs_every_pass: middle((one, all) => one.seconds / all.seconds),
      finalise_cpu_vs_every_pass: middle((one, all) => one.cpuSeconds / all.cpuSeconds),
      finalise_s: middle((one) => one.seconds),
      finalise_every_pass_s: middle((_, all) => all.seconds),
      finalise_nuclei: once!.figures!.nuclei!,
      finalise_reads_per_chunk: once!.figures!.reads!,
      finalise_every_pass_reads_per_chunk: every!.figures!.reads!,
    },
  };
}

function script(name: string, slide: string, ...more: readonly string[]): Program {
  const path = fileURLToPath(new URL(`./pipeline/${name}.ts`, import.meta.url));
  return { command: process.execPath, args: [path, slide, ...more] };
}

function python(slide: string): Program {
  const { model, dataset, batch, threads } = PIPELINE;
  const models = fileURLToPath(new URL('../../models/', import.meta.url));
  const args = [
    join(models, 'bench', 'plain_loop.py'),
    slide,
    ...['--model', join(models, model), '--dataset', dataset],
    ...['--batch', String(batch), '--threads', String(threads), '--plane', String(PLANE_PX)],
  ];
  return { command: 'python3', args };
}
