/**
 * What others build on: the typed client, and the core as a tier of one's own needs it. A name that goes or
 * changes breaks them, so it changes here too, where a reviewer sees it.
 */
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { UniCellClient, UniCellProblem } from '../shared/client/client.ts';
import { JobHandle } from '../shared/client/job-handle.ts';
import { UniCellError } from '../shared/errors.ts';
import { exportedNames } from './support/exported-names.ts';

const root = fileURLToPath(new URL('..', import.meta.url)).replaceAll('\\', '/');

/** Methods and accessors of a class, its constructor left out. */
function membersOf({ prototype }: { readonly prototype: object }): string[] {
  return Object.getOwnPropertyNames(prototype)
    .filter((name) => name !== 'constructor')
    .sort();
}

function exportsOf(...files: readonly string[]): Record<string, string> {
  return Object.fromEntries(files.map((file) => [file, exportedNames(root, file).join(' ')]));
}

describe('the typed client', () => {
  it('exports', () => {
    expect(exportedNames(root, 'shared/client/client.ts')).toMatchInlineSnapshot(`
      [
        "CallOptions",
        "DatasetList",
        "DetectOptions",
        "DetectionAnswer",
        "DetectionsQuery",
        "Estimate",
        "Job",
        "JobCallOptions",
        "JobEvent",
        "JobHandle",
        "JobOptions",
        "JobRequest",
        "JobStatus",
        "PacsOptions",
        "Picture",
        "ResumeOptions",
        "RgbPixels",
        "ScoreReport",
        "ScoreRequest",
        "StoreReport",
        "StoreRequest",
        "TransportOptions",
        "UniCellClient",
        "UniCellProblem",
        "WaitOptions",
      ]
    `);
  });

  it('can', () => {
    expect({
      UniCellClient: membersOf(UniCellClient),
      JobHandle: membersOf(JobHandle),
      UniCellProblem: Object.keys(
        new UniCellProblem('x', {
          status: 418,
          code: 'C',
          requestId: undefined,
          retryAfterMs: undefined,
        }),
      ).sort(),
    }).toMatchInlineSnapshot(`
      {
        "JobHandle": [
          "cancel",
          "countTile",
          "delete",
          "detections",
          "events",
          "file",
          "focus",
          "get",
          "resume",
          "store",
          "summary",
          "thumbnail",
          "wait",
        ],
        "UniCellClient": [
          "createJob",
          "createJobOf",
          "datasets",
          "detect",
          "detectAs",
          "estimate",
          "job",
          "jobs",
          "score",
        ],
        "UniCellProblem": [
          "code",
          "name",
          "requestId",
          "retryAfterMs",
          "status",
        ],
      }
    `);
  });
});

describe('the core', () => {
  it('exports what a detection takes and gives', () => {
    expect(
      exportsOf(
        'shared/detect/detect.ts',
        'shared/detect/detect-with-flips.ts',
        'shared/detect/options.ts',
        'shared/detect/detection.ts',
        'shared/detect/summary.ts',
        'shared/protocol/protocol.ts',
        'shared/image/source.ts',
        'shared/image/raster.ts',
        'shared/image/raster-source.ts',
        'shared/image/resolution.ts',
        'shared/engine/engine.ts',
        'shared/engine/graph-engine.ts',
        'shared/engine/card.ts',
        'shared/nuclei/nuclei.ts',
        'shared/errors.ts',
      ),
    ).toMatchInlineSnapshot(`
      {
        "shared/detect/detect-with-flips.ts": "detectWithFlips",
        "shared/detect/detect.ts": "detect",
        "shared/detect/detection.ts": "DatasetResult Detection Warning WarningCode",
        "shared/detect/options.ts": "DetectOptions checkOptions",
        "shared/detect/summary.ts": "ClassCounts Count DensityParts Summary addCounts areaMm2 densityAreaMm2 densityOf noCounts summarise summariseCounts",
        "shared/engine/card.ts": "CardDataset GraphFile ModelCard ModelFile parseCard",
        "shared/engine/engine.ts": "Engine EngineFeed WindowOutputs",
        "shared/engine/graph-engine.ts": "GraphEngine GraphParts GraphSession GraphTensor GraphTensorClass requireWindows",
        "shared/errors.ts": "ErrorCode UniCellError",
        "shared/image/raster-source.ts": "RasterSource",
        "shared/image/raster.ts": "Raster",
        "shared/image/resolution.ts": "MAX_MPP MIN_MPP Resolution resolveMpp sizeAtMpp",
        "shared/image/source.ts": "ImageSource Region Size",
        "shared/nuclei/nuclei.ts": "Nuclei",
        "shared/protocol/protocol.ts": "PROTOCOLS Protocol ProtocolRules",
      }
    `);
    expect(Object.keys(new UniCellError('INTERNAL', 'x')).sort()).toMatchInlineSnapshot(`
      [
        "code",
        "name",
        "publicMessage",
      ]
    `);
  });

  it('exports label sets, windows, formats and scores', () => {
    expect(
      exportsOf(
        'shared/datasets/dataset.ts',
        'shared/datasets/registry.ts',
        'shared/datasets/routing.ts',
        'shared/tiling/plan-windows.ts',
        'shared/tiling/region-geometry.ts',
        'shared/tiling/region-mask.ts',
        'shared/formats/format.ts',
        'shared/formats/registry.ts',
        'shared/scoring/score-images.ts',
        'shared/scoring/score-mode.ts',
        'shared/scoring/score-report.ts',
        'shared/scoring/bootstrap.ts',
      ),
    ).toMatchInlineSnapshot(`
      {
        "shared/datasets/dataset.ts": "Dataset DatasetClass findClass foldName",
        "shared/datasets/registry.ts": "DatasetRegistry datasets unknownDataset",
        "shared/datasets/routing.ts": "Route routeDatasets",
        "shared/formats/format.ts": "ExportHead ExportInput FilePart FilePlace Format FormatModule FormatReader NucleiByImage ReadOptions ReadableFormat Selection",
        "shared/formats/registry.ts": "FORMATS findFormat formatOfFile",
        "shared/scoring/bootstrap.ts": "BootstrapOptions ClassIntervals Interval ScoreIntervals bootstrapIntervals quantile",
        "shared/scoring/score-images.ts": "ScoreOptions ScoredImage scoreImages",
        "shared/scoring/score-mode.ts": "SCORE_MODES ScoreMode ScoreRules quotient scoreRules",
        "shared/scoring/score-report.ts": "ClassScore ImageScore Score ScoreReport reportOf scoreOf",
        "shared/tiling/plan-windows.ts": "PlannedWindow WindowList WindowPlan WindowShape planWindows selectWindows",
        "shared/tiling/region-geometry.ts": "RegionGeometry",
        "shared/tiling/region-mask.ts": "regionMask",
      }
    `);
  });

  it('exports what makes a tier', () => {
    expect(exportsOf('shared/api/app.ts', 'shared/api/adapters.ts')).toMatchInlineSnapshot(`
      {
        "shared/api/adapters.ts": "AnswerCache ApiAdapters ApiLimits ApiModel DecodedImage Entry PAGE_FILES PAGE_SCRIPTS Pacs PageFile PageScript Pages Readiness StreamedForm",
        "shared/api/app.ts": "buildApi",
      }
    `);
  });
});
