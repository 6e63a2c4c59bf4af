/**
 * The counts of a slide as a structured report: Comprehensive 3D SR after TID 1500, Measurement Report (DICOM
 * PS3.16). One measurement group for all nuclei of a region and one per class.
 *
 * @module
 */
import type { Code } from '../../datasets/cell-type.ts';
import { categoryOf, cellTypeOf, codes } from '../../dicom/codes.ts';
import {
  codeContent,
  containerContent,
  imageContent,
  numberContent,
  polygonContent,
  textContent,
  uidContent,
} from '../../dicom/content-item.ts';
import { dataSet } from '../../dicom/data-set.ts';
import { type DicomJson, textOf } from '../../dicom/dicom-json.ts';
import { encodeDataSet, joinBytes } from '../../dicom/encode.ts';
import { fileHead } from '../../dicom/part10.ts';
import { findSlidePlace, type SlidePlace } from '../../dicom/slide-place.ts';
import { uidOf } from '../../dicom/uid.ts';
import { type DerivedHead, derivedObject, objectUids, slideReference } from './derived-object.ts';
import type { RegionCount } from './region-counts.ts';

const SOP_CLASS = '1.2.840.10008.5.1.4.1.1.88.34';
const KIND = { sopClass: SOP_CLASS, modality: 'SR', seriesNumber: 9002, variant: '' } as const;

/** The report as a file. */
export function reportFile(head: DerivedHead, regions: readonly RegionCount[]) {
  const attributes = reportAttributes(head, regions);
  const instance = textOf(attributes, '00080018')!;
  return joinBytes([fileHead(SOP_CLASS, instance), encodeDataSet(attributes)]);
}

function reportAttributes(head: DerivedHead, regions: readonly RegionCount[]): DicomJson {
  const { slide } = head.dicom;
  const isPartial = (head.missing ?? []).length > 0;
  const evidence = dataSet({
    ReferencedSOPSequence: slideReference(slide),
    SeriesInstanceUID: textOf(slide, '0020000E') ?? '',
  });
  return {
    ...derivedObject(head, KIND),
    ...dataSet({
      ReferencedPerformedProcedureStepSequence: [],
      PerformedProcedureCodeSequence: [],
      CurrentRequestedProcedureEvidenceSequence: dataSet({
        ReferencedSeriesSequence: evidence,
        StudyInstanceUID: textOf(slide, '0020000D') ?? '',
      }),
      CompletionFlag: isPartial ? 'PARTIAL' : 'COMPLETE',
      CompletionFlagDescription: isPartial ? 'Parts of the slide could not be examined' : undefined,
      VerificationFlag: 'UNVERIFIED',
      PreliminaryFlag: 'PRELIMINARY',
    }),
    ...containerContent(codes.measurementReport, content(head, regions), { template: '1500' }),
  };
}

function content(head: DerivedHead, regions: readonly RegionCount[]): DicomJson[] {
  const contains = { relationship: 'CONTAINS' } as const;
  const image = imageContent(slideReference(head.dicom.slide));
  const images = containerContent(codes.imageLibraryGroup, [image], contains);
  const place = findSlidePlace(head.dicom.slide);
  const groups = regions.flatMap((region, i) => regionGroups(head, region, i, place));
  return [
    codeContent(['HAS CONCEPT MOD', codes.language], codes.english),
    ...observer(head),
    codeContent(['HAS CONCEPT MOD', codes.procedureReported], codes.wholeSlideImaging),
    containerContent(codes.imageLibrary, [images], contains),
    containerContent(codes.imagingMeasurements, groups, contains),
  ];
}

/** TID 1004, Device Observer Identifying Attributes. */
function observer({ model }: DerivedHead): DicomJson[] {
  const context = 'HAS OBS CONTEXT';
  return [
    codeContent([context, codes.observerType], codes.device),
    uidContent([context, codes.deviceUid], uidOf('device', model.id, model.version)),
    textContent([context, codes.deviceName], 'UniCell Edge'),
    textContent([context, codes.deviceModel], model.id),
    textContent([context, codes.deviceSerial], model.version),
  ];
}

/** TID 1501 per class, or TID 1410 where a polygon shows what was measured. */
function regionGroups(
  head: DerivedHead,
  { region, areaMm2, counts }: RegionCount,
  index: number,
  place: SlidePlace | undefined,
): DicomJson[] {
  const { dicom, dataset, model } = head;
  const { instance } = objectUids(head, KIND);
  const total = counts.reduce((sum, count) => sum + count, 0);
  const where = region ? `region ${index + 1}` : 'whole slide';
  const outline = region && place && outlineContent(region, place);
  const group = (name: string, finding: Code, category: Code, measurements: DicomJson[]) =>
    containerContent(
      codes.measurementGroup,
      [
        textContent(
          ['HAS OBS CONTEXT', codes.trackingIdentifier],
          `${dataset.id}: ${name}, ${where}`,
        ),
        uidContent(
          ['HAS OBS CONTEXT', codes.trackingUid],
          uidOf('measured', instance, name, String(index)),
        ),
        codeContent(['CONTAINS', codes.findingCategory], category),
        codeContent(['CONTAINS', codes.finding], finding),
        textContent(['HAS CONCEPT MOD', codes.algorithmName], model.id),
        textContent(['HAS CONCEPT MOD', codes.algorithmVersion], model.version),
        ...(outline ? [outline] : []),
        ...measurements,
      ],
      { relationship: 'CONTAINS', template: outline ? '1410' : '1501' },
    );
  const counted = (count: number) => [
    numberContent(codes.area, areaMm2, codes.squareMillimetre),
    numberContent(codes.count, count, codes.nuclei),
    ...(areaMm2 > 0
      ? [numberContent(codes.density, count / areaMm2, codes.perSquareMillimetre)]
      : []),
  ];
  const all = group('all nuclei', codes.nucleus, codes.anatomicalStructure, counted(total));
  // Where some classes were asked for, the others were not counted, and so no whole is known.
  const isWhole = dicom.classes === undefined;
  const classes = dicom.classes ?? [...dataset.classes.keys()];
  const each = classes.map((k) => {
    const cls = dataset.classes[k]!;
    const count = counts[k]!;
    const fraction = () => numberContent(codes.fraction, (100 * count) / total, codes.percent);
    const measurements = [...counted(count), ...(isWhole && total > 0 ? [fraction()] : [])];
    return group(cls.name, cellTypeOf(cls), categoryOf(cls), measurements);
  });
  return isWhole ? [all, ...each] : each;
}

/** The outline of a region that is one polygon without holes: the template has no words for others. */
function outlineContent(
  region: NonNullable<RegionCount['region']>,
  { frameOfReference, x, y }: SlidePlace,
): DicomJson | undefined {
  if (region.type !== 'Polygon' || region.coordinates.length !== 1) return undefined;
  const corners = region.coordinates[0]!.flatMap(([column, row]) => [
    x[0] + x[1] * column + x[2] * row,
    y[0] + y[1] * column + y[2] * row,
    0,
  ]);
  return polygonContent(codes.imageRegion, frameOfReference, corners);
}
