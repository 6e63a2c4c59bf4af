import { once } from 'node:events';

/** What all ways through the image have in common. */
export const PIPELINE = { model: 'compact', dataset: 'consep', batch: 4, threads: 2 } as const;

/** What one way says when it is through. */
export interface Passage {
  readonly windows: number;
  /** Of the whole process, all threads. */
  readonly cpuSeconds: number;
  /** What else it has to say. */
  readonly figures?: Readonly<Record<string, number>>;
  /** Of what only this way uses. */
  readonly versions?: Readonly<Record<string, string>>;
}

/** Says that everything is loaded, waits for the word, works, and says how it went: see `take-turns.ts`. */
export async function passWhenTold(
  work: () => Promise<number | Pick<Passage, 'windows' | 'figures'>>,
): Promise<void> {
  console.log('ready');
  await once(process.stdin, 'data');
  const before = process.cpuUsage();
  const done = await work();
  const { user, system } = process.cpuUsage(before);
  const said = typeof done === 'number' ? { windows: done } : done;
  console.log(JSON.stringify({ ...said, cpuSeconds: (user + system) / 1e6 } satisfies Passage));
  process.stdin.destroy();
}
