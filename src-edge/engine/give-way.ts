/**
 * Lets other requests be dealt with between two steps of a run, which holds the isolate's only thread. One turn of
 * the event loop is not enough: a request needs several, to be accepted, read and answered, and with each of them
 * a whole step would be run.
 *
 * @module
 */
import { waitUntil } from 'cloudflare:workers';

/** Turns without a new request after which the run goes on. */
const QUIET_TURNS = 3;
/** Most turns, so that a flood of requests does not keep the run from its end. */
const MOST_TURNS = 50;

/** After a step that was shorter, nobody has waited long: one turn is enough. */
const SHORT_MS = 20;

let arrived = 0;
let endedMs = 0;
/** A step has ended, and others have not had their turns since. */
let isOwed = false;

/** Says that a request has come. */
export function noteArrival(): void {
  arrived += 1;
}

/** Says that a step has ended. Where nothing follows it, its own request need not wait for others. */
export function noteStep(): void {
  isOwed = true;
  // Goes on when the request of this step has been answered.
  waitUntil(settle());
}

async function settle(): Promise<void> {
  for (let i = 0; i < QUIET_TURNS; i++) await turn();
  isOwed = false;
}

/** Resolves when those that came during the step before have been dealt with, or after {@link MOST_TURNS}. */
export async function giveWay(): Promise<void> {
  if (!isOwed) return;
  let quiet = 0;
  for (let i = 0; i < MOST_TURNS && quiet < QUIET_TURNS; i++) {
    const before = arrived;
    await turn();
    // The clock of a Worker stands still while it computes, and goes on with the turn.
    if (i === 0 && Date.now() - endedMs < SHORT_MS) break;
    quiet = arrived === before ? quiet + 1 : 0;
  }
  endedMs = Date.now();
}

function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}
