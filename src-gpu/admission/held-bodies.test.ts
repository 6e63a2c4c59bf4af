import { describe, expect, it } from 'vitest';
import { HeldBodies } from './held-bodies.ts';

describe('HeldBodies', () => {
  it('lets in what there is room for', () => {
    const bodies = new HeldBodies(100);
    const first = bodies.enter(60);
    expect(() => bodies.enter(41)).toThrow(/60 bytes of bodies/);
    const second = bodies.enter(40);
    first.hold(10);
    expect(bodies.bytes).toBe(50);
    expect(() => first.hold(61)).toThrow(/40 bytes of bodies/);
    first.leave();
    second.leave();
    expect(bodies.bytes).toBe(0);
  });

  it('lets a large one in alone', () => {
    const bodies = new HeldBodies(100);
    const large = bodies.enter(300);
    expect(() => bodies.enter(1)).toThrow(/300 bytes/);
    large.leave();
    large.leave();
    expect(bodies.bytes).toBe(0);
  });
});
