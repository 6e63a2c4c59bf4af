/**
 * Sets the single cells of the stroma: lymphocytes in and out of aggregates, plasma cells,
 * fibroblasts along the fibres.
 *
 * @module
 */

import { type Random, streamFor } from '../../../shared/random.ts';
import type { Contour } from './contour.ts';
import type { Crowd } from './crowd.ts';
import { fibreAngle } from './fibres.ts';
import { frameArea } from './frame.ts';
import type { TissueLayout } from './layout.ts';
import { Neighbourhood } from './neighbourhood.ts';
import { sampleNearest, smoothNoise, smoothstep } from './noise.ts';
import { lymphocyteNucleus, type Nucleus, plasmaNucleus, stromalNucleus } from './nucleus.ts';
import { type Ground, Territory } from './territory.ts';

/** Darts per square millimetre of frame; what they meet decides how many stick. */
const DARTS = { aggregate: 60_000, lymphocyte: 3200, plasma: 700, stromal: 7000 };
/** Spacing of the map of where inflammation is dense. */
const INFLAMMATION_UM = 5;
/** How far lymphocytes spill from an aggregate. */
const SPILL_UM = 16;
/** Above the radius of any aggregate and what spills from it. */
const AGGREGATE_REACH_UM = 250;

/** A plasma cell's body, for the painter: its nucleus sits at one end. */
export interface PlasmaCell {
  readonly x: number;
  readonly y: number;
  readonly angle: number;
}

/**
 * Adds the nuclei of the stroma to a crowd that holds the glands' and vessels' already.
 *
 * @returns The bodies of the plasma cells.
 */
export function populateStroma(layout: TissueLayout, crowd: Crowd, seed: number): PlasmaCell[] {
  const { frame, fibres } = layout;
  const territory = new Territory(layout);
  const plasmaCells: PlasmaCell[] = [];
  const random = streamFor(seed, 'inflammation');
  const columns = Math.ceil((frame.width + 2 * frame.margin) / INFLAMMATION_UM);
  const rows = Math.ceil((frame.height + 2 * frame.margin) / INFLAMMATION_UM);
  const map = smoothNoise(columns, rows, 60 / INFLAMMATION_UM, random);
  const inflammation = (x: number, y: number): number =>
    sampleNearest(map, (x + frame.margin) / INFLAMMATION_UM, (y + frame.margin) / INFLAMMATION_UM);
  const near = new Neighbourhood<Contour>(AGGREGATE_REACH_UM);
  for (const contour of layout.aggregates) near.add(contour);
  const spill = (x: number, y: number): number => {
    let most = 0;
    near.every(x, y, (contour) => {
      most = Math.max(most, Math.exp(contour.depth(x, y) / SPILL_UM));
      return true;
    });
    return most;
  };
  const throwDarts = (
    count: number,
    ground: Ground,
    stream: Random,
    place: (x: number, y: number, angle: number) => void,
  ): void => {
    for (let dart = 0; dart < count * frameArea(frame); dart++) {
      const x = stream.uniform(-frame.margin, frame.width + frame.margin);
      const y = stream.uniform(-frame.margin, frame.height + frame.margin);
      if (territory.at(x, y) === ground) place(x, y, stream.uniform(0, Math.PI));
    }
  };

  const aggregate = streamFor(seed, 'aggregate');
  throwDarts(DARTS.aggregate, 'aggregate', aggregate, (x, y, angle) => {
    crowd.add(lymphocyteNucleus({ x, y, angle }, aggregate), aggregate.uniform(0.96, 1.12));
  });
  const plasma = streamFor(seed, 'plasma');
  throwDarts(DARTS.plasma, 'stroma', plasma, (x, y, angle) => {
    if (!plasma.chance(smoothstep(-0.4, 1.4, inflammation(x, y)))) return;
    const nucleus = plasmaNucleus({ x, y, angle }, plasma);
    if (!crowd.add(nucleus, 1.25)) return;
    const out = 2.4;
    const body = { x: x + out * Math.cos(angle), y: y + out * Math.sin(angle), angle };
    plasmaCells.push(body);
  });
  const lymphocyte = streamFor(seed, 'lymphocyte');
  throwDarts(DARTS.lymphocyte, 'stroma', lymphocyte, (x, y, angle) => {
    const wanted = 0.5 * smoothstep(-1.4, 1.4, inflammation(x, y)) + spill(x, y);
    if (!lymphocyte.chance(wanted)) return;
    crowd.add(lymphocyteNucleus({ x, y, angle }, lymphocyte), 1.05);
  });
  const stromal = streamFor(seed, 'stromal');
  throwDarts(DARTS.stromal, 'stroma', stromal, (x, y) => {
    const angle = fibreAngle(fibres, x, y) + stromal.normal(0, 0.12);
    const nucleus = stromalNucleus({ x, y, angle }, stromal);
    if (tipsAreFree(territory, nucleus)) crowd.add(nucleus, stromal.uniform(1.1, 2.2));
  });
  return plasmaCells;
}

/** A long nucleus must not reach into a gland. */
function tipsAreFree(territory: Territory, { x, y, angle, long }: Nucleus): boolean {
  const dx = long * Math.cos(angle);
  const dy = long * Math.sin(angle);
  return territory.at(x + dx, y + dy) === 'stroma' && territory.at(x - dx, y - dy) === 'stroma';
}
