/**
 * The nuclei of a drawn region, counted by the service.
 *
 * @module
 */
import type { Counts } from '../../../api/viewer/viewer-schemas.ts';
import type { Size } from '../../../image/source.ts';
import { regionsArea } from '../../../tiling/region-area.ts';
import type { RegionGeometry } from '../../../tiling/region-geometry.ts';
import { areaText, countText, roundedText } from '../../../viewer/amounts.ts';
import { make } from '../../pages/elements.ts';
import type { Service } from '../../pages/service.ts';
import type { Place } from '../overlay/view.ts';
import type { Reading } from './reading.ts';

/** Counts a region under each reading, and writes a table for each. */
export async function showRegionCounts(
  to: HTMLElement,
  corners: readonly Place[],
  parts: {
    readonly service: Service;
    readonly jobId: string;
    readonly readings: readonly Reading[];
    readonly image: Size & { readonly mpp: number };
  },
): Promise<void> {
  const { service, jobId, readings, image } = parts;
  const ring = [...corners, corners[0]!].map(({ x, y }): [number, number] => [x, y]);
  const region: RegionGeometry = { type: 'Polygon', coordinates: [ring] };
  const areaMm2 = regionsArea([region], image) * (image.mpp / 1000) ** 2;
  const tables = await Promise.all(
    readings.map(async ({ pane }) => {
      const { dataset, shown } = pane.overlay!;
      const asked = { dataset: dataset.id, region, minScore: shown.minScore };
      const counts = await service.json<Counts>(`/v1/jobs/${encodeURIComponent(jobId)}/counts`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(asked),
        isRepeatable: true,
      });
      const labels = new Map(dataset.classes.map(({ name, label }) => [name, label]));
      return table(dataset.name, counts, labels, areaMm2);
    }),
  );
  to.replaceChildren(...tables);
  // On a phone they come to stand below the fold.
  to.scrollIntoView({ block: 'nearest' });
}

function table(
  name: string,
  { classes, hasAllClasses, total, isPartial }: Counts,
  labels: ReadonlyMap<string, string>,
  areaMm2: number,
): HTMLElement {
  const row = (label: string, count: number) =>
    make(
      'tr',
      {},
      make('th', { scope: 'row' }, label),
      make('td', {}, countText(count)),
      make('td', {}, areaMm2 > 0 ? roundedText(count / areaMm2) : '–'),
    );
  return make(
    'table',
    {},
    make(
      'thead',
      {},
      make(
        'tr',
        {},
        make('th', { scope: 'col' }, isPartial ? `${name}, so far` : name),
        make('th', { scope: 'col' }, 'nuclei'),
        make('th', { scope: 'col' }, 'per mm²'),
      ),
    ),
    make('tbody', {}, ...classes.map((one) => row(labels.get(one.name) ?? one.name, one.count))),
    make('tfoot', {}, row(`${hasAllClasses ? 'All' : 'Together'}, ${areaText(areaMm2)}`, total)),
  );
}
