/** Those who wait until something changes, for a job or at all. */
export class ChangeNotifier {
  readonly #waiting = new Set<{ readonly jobId: string | undefined; readonly wake: () => void }>();

  get isAwaited(): boolean {
    return this.#waiting.size > 0;
  }

  /** Wakes those who wait for the job and those who wait for anything; without an id everybody. */
  notify(jobId?: string): void {
    for (const one of [...this.#waiting]) {
      if (jobId === undefined || one.jobId === undefined || one.jobId === jobId) one.wake();
    }
  }

  /** Resolves at a change, after the time or when the signal is aborted; never rejects. */
  wait(jobId: string | undefined, timeoutMs: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const one = {
        jobId,
        wake: () => {
          clearTimeout(timer);
          signal?.removeEventListener('abort', one.wake);
          this.#waiting.delete(one);
          resolve();
        },
      };
      const timer = setTimeout(one.wake, timeoutMs);
      signal?.addEventListener('abort', one.wake, { once: true });
      this.#waiting.add(one);
    });
  }
}
