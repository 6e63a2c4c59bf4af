/**
 * From a series in a PACS to the pyramid of its slide, by metadata alone.
 *
 * @module
 */
import { type DicomJson, textOf } from '../dicom/dicom-json.ts';
import { UniCellError } from '../errors.ts';
import type { DicomwebClient } from './client.ts';
import type { SeriesReference } from './dicomweb-url.ts';
import { TAG } from './tags.ts';
import { flavourOf, isWholeSlide, readWsmInstance, type WsmInstance } from './wsm-instance.ts';
import { readWsmSeries, type WsmSeries } from './wsm-series.ts';

/**
 * Reads what a series says of its slide. Instances of which the search says that they are a label, an
 * overview or a thumbnail are not asked for anything more.
 *
 * @throws {UniCellError} `SOURCE_NOT_FOUND` for a series without instances, naming the slides of the study;
 *   `DICOM_WITHOUT_VOLUME`, listing what there is; what `readWsmSeries` and the client throw.
 */
export async function openWsmSeries(
  client: DicomwebClient,
  reference: SeriesReference,
): Promise<WsmSeries> {
  const fields = [TAG.imageType, TAG.availableTransferSyntaxUid];
  const found = await client.searchInstances(reference, fields);
  if (found.length === 0) throw await noSeries(client, reference);
  const instances = await Promise.all(found.map((data) => volumeInstance(client, reference, data)));
  const volumes = instances.filter((instance) => instance !== undefined);
  if (volumes.length === 0) {
    const kinds = found.map((data) =>
      isWholeSlide(data)
        ? (flavourOf(data) ?? 'unknown')
        : (textOf(data, TAG.sopClassUid) ?? 'unknown'),
    );
    throw new UniCellError(
      'DICOM_WITHOUT_VOLUME',
      `The series ${reference.series} has no VOLUME instance of VL Whole Slide Microscopy; it has ${counted(kinds)}. Name the series that holds the slide.`,
    );
  }
  return readWsmSeries(volumes);
}

/** What the search said, and the metadata where that may be a level of the slide. */
async function volumeInstance(
  client: DicomwebClient,
  reference: SeriesReference,
  found: DicomJson,
): Promise<WsmInstance | undefined> {
  const flavour = flavourOf(found);
  if (!isWholeSlide(found) || (flavour !== undefined && flavour !== 'VOLUME')) return undefined;
  const instance = textOf(found, TAG.sopInstanceUid)!;
  const data = await client.metadata({ ...reference, instance });
  if (!isWholeSlide(data) || flavourOf(data) !== 'VOLUME') return undefined;
  return readWsmInstance({ ...pick(found, TAG.availableTransferSyntaxUid), ...data });
}

function pick(data: DicomJson, tag: string): DicomJson {
  const attribute = data[tag];
  return attribute ? { [tag]: attribute } : {};
}

async function noSeries(client: DicomwebClient, reference: SeriesReference): Promise<UniCellError> {
  const series = await client.searchSeries(reference).catch(() => []);
  const slides = series
    .filter((data) => textOf(data, TAG.modality) === 'SM')
    .flatMap((data) => textOf(data, TAG.seriesInstanceUid) ?? []);
  const there =
    slides.length > 0 ? `its slides are ${slides.slice(0, 20).join(', ')}` : 'it has no slides';
  return new UniCellError(
    'SOURCE_NOT_FOUND',
    `The PACS has no series ${reference.series} in the study ${reference.study}; ${there}. Check both UIDs.`,
  );
}

function counted(kinds: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const kind of kinds) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return [...counts].map(([kind, count]) => `${count} ${kind}`).join(', ');
}
