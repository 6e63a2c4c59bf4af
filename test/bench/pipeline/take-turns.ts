/**
 * Several programs at once, of which only one runs at a time: each for a moment, then the next. What else the
 * machine does slows all of them alike, also when it changes within seconds, which no comparison of one whole run
 * with the next can have.
 *
 * @module
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Passage } from './settings.ts';

const TURN_MS = 250;

export interface Program {
  readonly command: string;
  readonly args: readonly string[];
}

/** A program that has loaded everything and been stopped. */
interface Racer {
  readonly child: ChildProcess;
  readonly finish: Promise<{ readonly passage: Passage; readonly atMs: number }>;
  ranMs: number;
  passage: Passage | undefined;
}

/**
 * Runs the programs to their ends. A program prints `ready`, waits for a line, works, and prints its passage as
 * JSON; see `passWhenTold`.
 *
 * @returns In the order of the programs: what each said, and the seconds in which it ran.
 */
export async function takeTurns(
  programs: readonly Program[],
): Promise<readonly (Passage & { readonly seconds: number })[]> {
  const racers: Racer[] = [];
  try {
    for (const program of programs) racers.push(await load(program));
    for (const { child } of racers) child.stdin!.write('go\n');
    while (racers.some(({ passage }) => passage === undefined)) {
      for (const racer of racers) if (racer.passage === undefined) await takeTurn(racer);
    }
    return racers.map(({ passage, ranMs }) => ({ ...passage!, seconds: ranMs / 1000 }));
  } finally {
    for (const { child } of racers) child.kill('SIGKILL');
  }
}

async function load({ command, args }: Program): Promise<Racer> {
  const child = spawn(command, [...args], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface(child.stdout!)[Symbol.asyncIterator]();
  const failed = once(child, 'exit').then(([code]) => {
    throw new Error(`${command} ${args.join(' ')} ended with ${code} before it was through.`);
  });
  // It ends some time after it is through as well.
  failed.catch(() => {});
  const line = async (): Promise<string> => {
    const { done, value } = await Promise.race([lines.next(), failed]);
    // What it prints ends a moment before it does.
    return done ? failed : value;
  };
  while ((await line()) !== 'ready');
  child.kill('SIGSTOP');
  const finish = line().then((text) => ({
    passage: JSON.parse(text) as Passage,
    atMs: performance.now(),
  }));
  finish.catch(() => {});
  return { child, finish, ranMs: 0, passage: undefined };
}

async function takeTurn(racer: Racer): Promise<void> {
  const { child, finish } = racer;
  const startedMs = performance.now();
  child.kill('SIGCONT');
  const done = await Promise.race([finish, sleep(TURN_MS)]);
  const endedMs = done?.atMs ?? performance.now();
  if (done === undefined) child.kill('SIGSTOP');
  racer.ranMs += endedMs - startedMs;
  racer.passage = done?.passage;
}
