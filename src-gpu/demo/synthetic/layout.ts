/**
 * What lies where: lymphoid aggregates first, then glands, then vessels in the stroma between.
 *
 * @module
 */

import { streamFor } from '../../../shared/random.ts';
import { Contour } from './contour.ts';
import { type FibreField, fibreAngle, fibreField } from './fibres.ts';
import { type Frame, frameArea, touchesFrame } from './frame.ts';
import { type Gland, makeGland } from './gland.ts';
import { Neighbourhood } from './neighbourhood.ts';
import { makeVessel, type Vessel } from './vessel.ts';

const AGGREGATES_PER_MM2 = 3;
const VESSELS_PER_MM2 = 45;
/** Darts per square millimetre for glands: enough that hardly another would fit. */
const GLAND_DARTS_PER_MM2 = 900;
/** How far outside the frame a gland can lie and still show. */
const LARGEST_GLAND_UM = 130;
/** No gland is so small that another's centre fits this near to its outline. */
const GLAND_CORE_UM = 36;
/** Above the reach of any two outlines and the gap between them. */
const CELL_UM = 450;

/** The tissue without its single cells. */
export interface TissueLayout {
  readonly frame: Frame;
  readonly aggregates: readonly Contour[];
  readonly glands: readonly Gland[];
  readonly vessels: readonly Vessel[];
  readonly fibres: FibreField;
}

/** Lays out the tissue of a frame. */
export function layOut(frame: Frame, seed: number): TissueLayout {
  const aggregates = placeAggregates(frame, seed);
  const glands = placeGlands(frame, aggregates, seed);
  const random = streamFor(seed, 'fibres');
  const around = glands.map((gland) => gland.contour);
  const fibres = fibreField(frame, around, random.uniform(0, Math.PI), random);
  const vessels = placeVessels(frame, [...aggregates, ...around], fibres, seed);
  return { frame, aggregates, glands, vessels, fibres };
}

function placeAggregates(frame: Frame, seed: number): Contour[] {
  const random = streamFor(seed, 'aggregates');
  const placed: Contour[] = [];
  const near = new Neighbourhood<Contour>(CELL_UM);
  const wanted = Math.round(AGGREGATES_PER_MM2 * frameArea(frame));
  for (let dart = 0; dart < 5 * wanted && placed.length < wanted; dart++) {
    const short = random.uniform(42, 70);
    const aggregate = new Contour(
      {
        x: random.uniform(0, frame.width),
        y: random.uniform(0, frame.height),
        short,
        long: short * random.uniform(1.1, 1.7),
        angle: random.uniform(0, Math.PI),
        roughness: 0.12,
      },
      random,
    );
    if (near.every(aggregate.x, aggregate.y, (other) => apart(aggregate, other, 120))) {
      near.add(aggregate);
      placed.push(aggregate);
    }
  }
  return placed;
}

function placeGlands(frame: Frame, aggregates: readonly Contour[], seed: number): Gland[] {
  const random = streamFor(seed, 'glands');
  const placed: Gland[] = [];
  const near = new Neighbourhood<Contour>(CELL_UM);
  for (const aggregate of aggregates) near.add(aggregate);
  const darts = Math.ceil(GLAND_DARTS_PER_MM2 * frameArea({ ...frame, margin: LARGEST_GLAND_UM }));
  for (let dart = 0; dart < darts; dart++) {
    const x = random.uniform(-LARGEST_GLAND_UM, frame.width + LARGEST_GLAND_UM);
    const y = random.uniform(-LARGEST_GLAND_UM, frame.height + LARGEST_GLAND_UM);
    if (!near.every(x, y, (other) => other.depth(x, y) < -GLAND_CORE_UM)) continue;
    const gland = makeGland(x, y, random);
    const gap = random.uniform(9, 34);
    if (!near.every(x, y, (other) => apart(gland.contour, other, gap))) continue;
    near.add(gland.contour);
    placed.push(gland);
  }
  return placed.filter(({ contour }) =>
    touchesFrame(frame, contour.x, contour.y, contour.maxRadius),
  );
}

function placeVessels(
  frame: Frame,
  taken: readonly Contour[],
  fibres: FibreField,
  seed: number,
): Vessel[] {
  const random = streamFor(seed, 'vessels');
  const placed: Vessel[] = [];
  const tissue = new Neighbourhood<Contour>(CELL_UM);
  for (const contour of taken) tissue.add(contour);
  const others = new Neighbourhood<Contour>(CELL_UM);
  const wanted = Math.round(VESSELS_PER_MM2 * frameArea(frame));
  for (let dart = 0; dart < 12 * wanted && placed.length < wanted; dart++) {
    const x = random.uniform(-frame.margin, frame.width + frame.margin);
    const y = random.uniform(-frame.margin, frame.height + frame.margin);
    if (!tissue.every(x, y, (other) => other.depth(x, y) < 0)) continue;
    const vessel = makeVessel(x, y, fibreAngle(fibres, x, y), random);
    const fits =
      tissue.every(x, y, (other) => apart(vessel.contour, other, 4)) &&
      others.every(x, y, (other) => apart(vessel.contour, other, 25));
    if (!fits) continue;
    others.add(vessel.contour);
    placed.push(vessel);
  }
  return placed;
}

/** Whether two outlines keep a distance of about `gap` everywhere. */
function apart(a: Contour, b: Contour, gap: number): boolean {
  const distance = Math.hypot(a.x - b.x, a.y - b.y);
  if (distance > a.maxRadius + b.maxRadius + gap) return true;
  if (b.depth(a.x, a.y) > -gap || a.depth(b.x, b.y) > -gap) return false;
  for (let i = 0; i < 40; i++) {
    const theta = (i / 40) * 2 * Math.PI;
    const onA = a.at(theta);
    if (b.depth(onA.x, onA.y) > -gap) return false;
    const onB = b.at(theta);
    if (a.depth(onB.x, onB.y) > -gap) return false;
  }
  return true;
}
