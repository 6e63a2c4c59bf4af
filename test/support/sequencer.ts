import { readFileSync } from 'node:fs';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Helpers that start a process: a Worker, a service, a browser, the command, a store. */
const STARTERS =
  /support\/(edge-worker|plain-workerd|start-edge|gpu-service|chromium|run-unicell|redis|orthanc|s3)/;

/**
 * The order of the files: the longest first, so that none is alone at the end, and with `--changed` the shortest
 * first, so that most have answered within seconds. As long as vitest has seen no run, those come first that start
 * processes, then the larger ones.
 */
export class LengthSequencer extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isUnknown = (file: TestSpecification) =>
      this.ctx.cache.getTestSpecificationResult(file) === undefined;
    const longestFirst = sorted.every(isUnknown) ? startersFirst(sorted) : sorted;
    return this.ctx.config.changed ? longestFirst.toReversed() : longestFirst;
  }
}

function startersFirst(files: readonly TestSpecification[]): TestSpecification[] {
  const starts = new Map(
    files.map((file) => [file, STARTERS.test(readFileSync(file.moduleId, 'utf8'))]),
  );
  return [true, false].flatMap((isStarter) =>
    files.filter((file) => starts.get(file) === isStarter),
  );
}
