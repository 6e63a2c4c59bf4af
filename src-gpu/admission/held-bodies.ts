/**
 * Memory for bodies of synchronous requests: they are let in before they are read, as long as there is room.
 *
 * @module
 */
import type { Entry } from '../../shared/api/adapters.ts';
import { UniCellError } from '../../shared/errors.ts';

export class HeldBodies {
  readonly #limit: number;
  #bytes = 0;

  /** @param limit Bytes of all bodies, here or coming. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Bytes of bodies, here or coming. */
  get bytes(): number {
    return this.#bytes;
  }

  /**
   * Takes in a request.
   *
   * @param bytes Of its body, or the most that it may have.
   * @throws {UniCellError} `OVERLOADED`. A body that is larger than all there is room for comes in alone.
   */
  enter(bytes: number): Entry {
    let held = 0;
    const hold = (wanted: number) => {
      const others = this.#bytes - held;
      if (wanted > held && others > 0 && others + wanted > this.#limit) {
        throw new UniCellError(
          'OVERLOADED',
          `The request was refused because ${others} bytes of bodies are here or coming already. Send it again after the time of Retry-After.`,
        );
      }
      this.#bytes += wanted - held;
      held = wanted;
    };
    hold(bytes);
    return {
      hold,
      arrive() {},
      queue() {},
      leave: () => hold(0),
    };
  }
}
