import { describe, expect, it } from 'vitest';
import { CallerPlaces, Places } from './places.ts';

const open = () => Promise.withResolvers<void>();
const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('Places', () => {
  it('runs as many as there are places, in the order of arrival', async () => {
    const places = new Places({ running: 2, waiting: 9, waitMs: 1000 });
    const gates = [open(), open(), open(), open()];
    const log: string[] = [];
    const all = gates.map((gate, i) =>
      places.run(async () => {
        log.push(`begin ${i}`);
        await gate.promise;
        log.push(`end ${i}`);
      }),
    );
    await turn();
    expect([places.running, places.waiting, log]).toEqual([2, 2, ['begin 0', 'begin 1']]);
    gates[1]!.resolve();
    await turn();
    expect(log).toEqual(['begin 0', 'begin 1', 'end 1', 'begin 2']);
    for (const gate of gates) gate.resolve();
    await Promise.all(all);
    expect([places.running, places.waiting]).toEqual([0, 0]);
  });

  it('refuses when too many wait, and who has waited too long', async () => {
    const places = new Places({ running: 1, waiting: 1, waitMs: 20 });
    const gate = open();
    const first = places.run(() => gate.promise);
    const second = places.run(async () => {});
    await expect(places.run(async () => {})).rejects.toMatchObject({ code: 'OVERLOADED' });
    await expect(second).rejects.toThrow(/waited 20 ms/);
    gate.resolve();
    await first;
    expect(await places.run(async () => 7)).toBe(7);
  });

  it('gives the place back when a task fails', async () => {
    const places = new Places({ running: 1, waiting: 0, waitMs: 20 });
    await expect(places.run(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(places.running).toBe(0);
  });
});

describe('CallerPlaces', () => {
  it('counts each caller by itself', () => {
    const places = new CallerPlaces(1);
    const leave = places.occupy('a');
    expect(() => places.occupy('a')).toThrow(/the key a has 1 requests under way/);
    places.occupy('b');
    leave();
    places.occupy('a');
  });
});
