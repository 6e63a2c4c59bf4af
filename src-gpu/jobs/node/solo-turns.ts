/** Who works in a process: many beside each other, or one with nobody beside it. */
export class SoloTurns {
  #sharing = 0;
  #isTaken = false;
  #wake = Promise.withResolvers<void>();

  /** Begins to share; waits while somebody wants to be alone. */
  async share(): Promise<void> {
    while (this.#isTaken) await this.#wake.promise;
    this.#sharing++;
  }

  /** Ends what {@link share} began. */
  leave(): void {
    this.#sharing--;
    this.#change();
  }

  /**
   * For one that shares: runs `work` once all others have left, and lets nobody in until it has ended.
   *
   * @returns `undefined`, and at once, when another wants to be alone; leave then.
   */
  alone<T>(work: () => Promise<T>): Promise<T> | undefined {
    if (this.#isTaken) return undefined;
    this.#isTaken = true;
    return this.#whenAlone(work);
  }

  async #whenAlone<T>(work: () => Promise<T>): Promise<T> {
    try {
      while (this.#sharing > 1) await this.#wake.promise;
      return await work();
    } finally {
      this.#isTaken = false;
      this.#change();
    }
  }

  #change(): void {
    this.#wake.resolve();
    this.#wake = Promise.withResolvers();
  }
}
