import { describe, expect, it } from 'vitest';
import { AdmissionControl } from './admission-control.ts';

let now = 0;
const control = () =>
  new AdmissionControl({ places: 2, uploads: 3, bytes: 1000, lostMs: 500, now: () => now });
const overloaded = (detail: RegExp) =>
  expect.objectContaining({ code: 'OVERLOADED', message: expect.stringMatching(detail) });

describe('AdmissionControl', () => {
  it('lets nobody in while all places are taken', () => {
    const open = control();
    const requests = [open.enter(10), open.enter(10)];
    for (const request of requests) request.queue();
    expect(() => open.enter(10)).toThrow(overloaded(/2 requests run or wait/));
    requests[0]!.leave();
    open.enter(10);
  });

  it('lets only so many bodies come at once', () => {
    const open = control();
    const [first] = [open.enter(10), open.enter(10), open.enter(10)];
    expect(() => open.enter(10)).toThrow(overloaded(/bodies of 3 requests/));
    first!.arrive();
    open.enter(10);
  });

  it('holds only so many bytes at once', () => {
    const open = control();
    const first = open.enter(900);
    expect(() => open.enter(200)).toThrow(overloaded(/900 bytes of bodies/));
    first.hold(300);
    const second = open.enter(700);
    expect(() => first.hold(301)).toThrow(overloaded(/700 bytes/));
    second.leave();
    first.hold(1000);
  });

  it('forgets who went without a word', () => {
    const open = control();
    for (let i = 0; i < 3; i++) open.enter(300);
    now += 501;
    open.enter(900);
  });
});
