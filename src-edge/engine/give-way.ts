/**
 * Lets other requests be dealt with between two steps of a run, which holds the isolate's only thread. One turn of
 * the event loop is not enough: a request needs several, to be accepted, read and answered, and with each of them
 * a whole step would be run.
 *
 * @module
 */

/** Turns without a new request after which the run goes on. */
const QUIET_TURNS = 3;
/** Most turns, so that a flood of requests does not keep the run from its end. */
const MOST_TURNS = 50;

/** After a step that was shorter, nobody has waited long: one turn is enough. */
const SHORT_MS = 20;

let arrived = 0;
let endedMs = 0;

/** Says that a request has come. */
export function noteArrival(): void {
  arrived += 1;
}

/** Resolves when those that came have been dealt with, or after {@link MOST_TURNS}. */
export async function giveWay(): Promise<void> {
  let quiet = 0;
  for (let turn = 0; turn < MOST_TURNS && quiet < QUIET_TURNS; turn++) {
    const before = arrived;
    await new Promise((resolve) => setTimeout(resolve, 0));
    // The clock of a Worker stands still while it computes, and goes on with the turn.
    if (turn === 0 && Date.now() - endedMs < SHORT_MS) break;
    quiet = arrived === before ? quiet + 1 : 0;
  }
  endedMs = Date.now();
}
