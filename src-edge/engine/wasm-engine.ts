/**
 * The edge's engine: a model on WebAssembly, loaded inside the first request and kept by the isolate.
 *
 * @module
 */

import { waitUntil } from 'cloudflare:workers';
import type { GraphFile, ModelCard } from '../../shared/engine/card.ts';
import type { Engine, WindowOutputs } from '../../shared/engine/engine.ts';
import { GraphEngine } from '../../shared/engine/graph-engine.ts';
import { variantOf } from '../../shared/engine/model-files.ts';
import { giveWay, noteStep } from './give-way.ts';
import { type ModelSource, readCard, readGraph } from './model-source.ts';
import { openSession, Tensor, type WasmTensor } from './wasm-runtime.ts';

class WasmEngine extends GraphEngine<WasmTensor> {
  override async run(...batch: Parameters<Engine['run']>): Promise<WindowOutputs[]> {
    // A run holds the isolate's only thread. Between two of them other requests come in, to be queued,
    // refused or answered; otherwise they would pile up outside, where nothing bounds them.
    await giveWay();
    const outputs = await super.run(...batch);
    noteStep();
    return outputs;
  }
}

/** A model of this isolate: its card as soon as it is asked for, its graphs when they are needed. */
export class EdgeModel {
  readonly #source: ModelSource;
  readonly #precision: string | undefined;
  #card: Promise<ModelCard> | undefined;
  #engine: Promise<Engine> | undefined;

  /** @param precision A key of the card's `variants`; by default `int8` where there is one. */
  constructor(source: ModelSource, precision?: string) {
    this.#source = source;
    this.#precision = precision;
  }

  /** @throws {UniCellError} `MODEL_NOT_FOUND` or `CARD_INVALID`; the next call tries again. */
  card(): Promise<ModelCard> {
    if (this.#card === undefined) {
      this.#card = readCard(this.#source).catch((error) => {
        this.#card = undefined;
        throw error;
      });
      // Other requests wait for it, so it must not end with the client of this one.
      waitUntil(this.#card.catch(() => {}));
    }
    return this.#card;
  }

  /** The precision that runs here. */
  async precision(): Promise<string> {
    const { variants } = await this.card();
    return this.#precision ?? ('int8' in variants ? 'int8' : 'fp32');
  }

  /**
   * @throws {UniCellError} `MODEL_NOT_FOUND`, `CARD_INVALID` or `CARD_MISMATCH`; the next call tries again.
   */
  engine(): Promise<Engine> {
    this.#engine ??= this.#load().catch((error) => {
      this.#engine = undefined;
      throw error;
    });
    return this.#engine;
  }

  async #load(): Promise<Engine> {
    const card = await this.card();
    const files = variantOf(card, await this.precision());
    const open = async (file: GraphFile) =>
      openSession(await readGraph(this.#source, file), file.optimised === true);
    // One after the other: the bytes of only one graph are held at a time.
    const trunk = await open(files.trunk);
    const dataset = await open(files.dataset);
    return new WasmEngine({ card, provider: 'wasm', Tensor, trunk, dataset });
  }
}
