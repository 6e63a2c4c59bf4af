/**
 * `unicell-edge`: the core, for a tier or a tool of one's own. Runs in Node, Workers and browsers.
 *
 * @module
 */

export type { Dataset, DatasetClass } from '../../shared/datasets/dataset.ts';
export { findClass } from '../../shared/datasets/dataset.ts';
export { datasets } from '../../shared/datasets/registry.ts';
export type { Route } from '../../shared/datasets/routing.ts';
export { routeDatasets } from '../../shared/datasets/routing.ts';
export { detect } from '../../shared/detect/detect.ts';
export type { DatasetResult, Detection, Warning } from '../../shared/detect/detection.ts';
export type { DetectOptions } from '../../shared/detect/options.ts';
export type { Summary } from '../../shared/detect/summary.ts';
export { summarise } from '../../shared/detect/summary.ts';
export type { ModelCard } from '../../shared/engine/card.ts';
export { parseCard } from '../../shared/engine/card.ts';
export type { Engine, EngineFeed, WindowOutputs } from '../../shared/engine/engine.ts';
export { GraphEngine } from '../../shared/engine/graph-engine.ts';
export type { ErrorCode } from '../../shared/errors.ts';
export { UniCellError } from '../../shared/errors.ts';
export type { Raster } from '../../shared/image/raster.ts';
export { RasterSource } from '../../shared/image/raster-source.ts';
export type { ImageSource, Region, Size } from '../../shared/image/source.ts';
export type { Nuclei } from '../../shared/nuclei/nuclei.ts';
export { bootstrapIntervals } from '../../shared/scoring/bootstrap.ts';
export type { ScoredImage } from '../../shared/scoring/score-images.ts';
export { scoreImages } from '../../shared/scoring/score-images.ts';
export type { ScoreMode } from '../../shared/scoring/score-mode.ts';
export type { ScoreReport } from '../../shared/scoring/score-report.ts';
export { planWindows } from '../../shared/tiling/plan-windows.ts';
export type { RegionGeometry } from '../../shared/tiling/region-geometry.ts';
