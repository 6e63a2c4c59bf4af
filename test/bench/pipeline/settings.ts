/** What all ways through the picture have in common. */
export const PIPELINE = { model: 'compact', dataset: 'consep', batch: 4, threads: 2 } as const;

/** What one way says of itself, besides its figures. */
export interface Passage {
  readonly windows: number;
  /** Wall clock from the first byte of the slide to the last nucleus, the model being loaded. */
  readonly seconds: number;
  /** Of the whole process, all threads. */
  readonly cpuSeconds: number;
  /** Of what only this way uses. */
  readonly versions?: Readonly<Record<string, string>>;
}

/** Measures `work`; its windows are what it returns. */
export async function timed(work: () => Promise<number>): Promise<Passage> {
  const cpu = process.cpuUsage();
  const startedMs = performance.now();
  const windows = await work();
  const seconds = (performance.now() - startedMs) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  return { windows, seconds, cpuSeconds: (user + system) / 1e6 };
}
