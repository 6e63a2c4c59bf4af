import type { EngineHost } from '../engine/engine-host.ts';
import { type EngineHostOptions, openEngineHost } from '../engine/open-engine-host.ts';

/** The one model of a call, loaded when it is first needed: what is wrong with a slide is said before. */
export class OpenedHost {
  readonly #options: EngineHostOptions;
  #opening: Promise<EngineHost> | undefined;

  constructor({ model, precision, threads, ep }: EngineHostOptions) {
    this.#options = { model, precision, threads, ep };
  }

  /** @throws {UniCellError} As `openEngineHost`. */
  get(): Promise<EngineHost> {
    this.#opening ??= openEngineHost(this.#options);
    return this.#opening;
  }

  async close(): Promise<void> {
    // What it failed with has been thrown to who asked.
    const host = await this.#opening?.catch(() => undefined);
    await host?.close();
  }
}
