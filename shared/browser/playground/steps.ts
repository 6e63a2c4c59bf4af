/**
 * What took how long, of a request and its answer.
 *
 * @module
 */
export interface Step {
  readonly label: string;
  readonly seconds: number;
}

export interface Steps {
  readonly steps: readonly Step[];
  /** Whether who answered could measure its own steps. */
  readonly isMeasured: boolean;
}

/** The steps that a tier tells (docs/edge.md), in words. Those of computing are measured or none is. */
const LABELS: Readonly<Record<string, string>> = {
  body: 'receive the picture',
  queue: 'wait for a turn',
  decode: 'decode it',
  load: 'load the model',
  detect: 'find nuclei',
};
const COMPUTING = ['decode', 'load', 'detect'];
/** Below this a step is not worth a line, but for the one that was asked for. */
const LEAST_S = 0.005;
const ASKED_FOR = 'detect';

/**
 * @param header `Server-Timing` of the answer.
 * @param totalS From the request until the answer was there.
 */
export function stepsOf(header: string | null, totalS: number): Steps {
  const told = timingsOf(header ?? '').filter(({ name }) => name in LABELS);
  const isMeasured = told.some(({ name, ms }) => COMPUTING.includes(name) && ms > 0);
  if (!isMeasured) return { steps: [], isMeasured };
  const steps = told
    .filter(({ name, ms }) => name === ASKED_FOR || ms / 1000 >= LEAST_S)
    .map(({ name, ms }) => ({ label: LABELS[name]!, seconds: ms / 1000 }));
  const rest = totalS - steps.reduce((sum, { seconds }) => sum + seconds, 0);
  return {
    steps: rest >= LEAST_S ? [...steps, { label: 'network and the rest', seconds: rest }] : steps,
    isMeasured,
  };
}

/** `name;dur=ms, ...` (Server Timing, W3C). */
function timingsOf(header: string): { readonly name: string; readonly ms: number }[] {
  return [...header.matchAll(/([\w-]+);dur=([\d.]+)/g)].map(([, name, ms]) => {
    return { name: name!, ms: Number(ms) };
  });
}
