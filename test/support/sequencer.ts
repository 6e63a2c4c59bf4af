import { BaseSequencer, type TestSpecification } from 'vitest/node';

/**
 * The order of the files: the longest first, so that none is alone at the end, and with `--changed` the shortest
 * first, so that most have answered within seconds. As long as vitest has seen no run it goes by the size of the files.
 */
export class LengthSequencer extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const longestFirst = await super.sort(files);
    return this.ctx.config.changed ? longestFirst.toReversed() : longestFirst;
  }
}
