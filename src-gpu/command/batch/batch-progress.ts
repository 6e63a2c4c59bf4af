/** The progress of all slides together, in windows, although most slides have not been planned yet. */
export class BatchProgress {
  readonly #slides: {
    expected: number;
    total: number | undefined;
    done: number;
    hasEnded: boolean;
  }[];
  readonly #show: (done: number, total: number, what: string) => void;

  /**
   * @param expected Windows of each slide, glass included.
   * @param show Takes windows done and in total, and how many slides have ended.
   */
  constructor(
    expected: readonly number[],
    show: (done: number, total: number, what: string) => void,
  ) {
    this.#slides = expected.map((windows) => ({
      expected: Math.max(1, windows),
      total: undefined,
      done: 0,
      hasEnded: false,
    }));
    this.#show = show;
  }

  /** A slide has windows done, of its plan's. */
  update(slide: number, done: number, total: number): void {
    Object.assign(this.#slides[slide]!, { done, total });
    this.#tell();
  }

  /** A slide is done, has failed, or was done before. */
  end(slide: number): void {
    const one = this.#slides[slide]!;
    one.hasEnded = true;
    one.total ??= 0;
    one.done = one.total;
    this.#tell();
  }

  #tell(): void {
    const planned = this.#slides.filter(({ total }) => total !== undefined && total > 0);
    const known = planned.reduce((sum, { total }) => sum + total!, 0);
    const guessed = planned.reduce((sum, { expected }) => sum + expected, 0);
    // What share of the windows is tissue is taken from the slides that have been planned.
    const share = guessed > 0 ? known / guessed : 1;
    let [done, all] = [0, 0];
    for (const slide of this.#slides) {
      done += slide.done;
      all += slide.total ?? Math.max(1, Math.round(slide.expected * share));
    }
    const ended = this.#slides.filter(({ hasEnded }) => hasEnded).length;
    this.#show(done, Math.max(all, done, 1), `${ended}/${this.#slides.length} slides`);
  }
}
