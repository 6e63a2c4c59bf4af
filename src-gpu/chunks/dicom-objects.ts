/**
 * A job's result as DICOM objects, for a PACS.
 *
 * @module
 */
import { byteStream } from '../../shared/api/http/byte-stream.ts';
import { findSlidePlace } from '../../shared/dicom/slide-place.ts';
import { objectUids, requireDerivation } from '../../shared/formats/dicom/derived-object.ts';
import { findFormat } from '../../shared/formats/registry.ts';
import { exportHead, type HeadParts } from './finalize-job.ts';
import type { JobPlan } from './job-plan.ts';
import type { Survey } from './survey.ts';

export interface DicomObject {
  /** Id of the dataset. */
  readonly dataset: string;
  /** Id of the format, of which this is a file. */
  readonly format: string;
  /** Series Instance UID. */
  readonly series: string;
  /** SOP Instance UID. */
  readonly instance: string;
  /** Its bytes, made while they are taken. */
  open(): Promise<ReadableStream<Uint8Array>>;
}

/**
 * The annotations and the report of each dataset: the same as the exports of these formats. Annotations are on
 * the glass, or in pixels where the slide does not say where it lies; without nuclei there are none.
 *
 * @param survey Stays open until the objects have been read.
 * @throws {UniCellError} As {@link requireDicom}.
 */
export function dicomObjects(
  plan: JobPlan,
  survey: Survey,
  { name, madeAt }: Pick<HeadParts, 'name' | 'madeAt'>,
  signal?: AbortSignal,
): DicomObject[] {
  const objects: DicomObject[] = [];
  for (const place of plan.routes.keys()) {
    const blocks = () => survey.blocks(place, signal);
    const count = survey.counts[place]!.reduce((sum, one) => sum + one, 0);
    const { missing } = survey;
    const head = requireDerivation(exportHead(plan, place, { name, madeAt, count, missing }));
    const annotations = findSlidePlace(head.dicom.slide)
      ? ({ format: 'dicom-ann', modality: 'ANN', variant: '3D' } as const)
      : ({ format: 'dicom-ann-2d', modality: 'ANN', variant: '2D' } as const);
    const report = { format: 'dicom-sr', modality: 'SR', variant: '' } as const;
    for (const { format, ...kind } of count > 0 ? [annotations, report] : [report]) {
      objects.push({
        ...{ dataset: head.dataset.id, format, ...objectUids(head, kind) },
        async open() {
          const { stream } = await findFormat(format).load();
          return byteStream(stream(head, blocks));
        },
      });
    }
  }
  return objects;
}

/**
 * Says before any nucleus is read whether there can be objects.
 *
 * @throws {UniCellError} `INVALID_OPTIONS` when the slide is not DICOM.
 */
export function requireDicom(plan: JobPlan, { name, madeAt }: Pick<HeadParts, 'name' | 'madeAt'>) {
  requireDerivation(exportHead(plan, 0, { name, madeAt, count: 0, missing: [] }));
}
