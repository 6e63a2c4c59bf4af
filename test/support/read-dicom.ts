/**
 * DICOM files as an independent library reads them.
 *
 * @module
 */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import dcmjs from 'dcmjs';
import { type DicomJson, itemsOf, numberOf, textOf } from '../../shared/dicom/dicom-json.ts';

/** Data set of a file, with the meta information. */
export function readDicom(file: Uint8Array): DicomJson {
  const { meta, dict } = dcmjs.data.DicomMessage.readFile(new Uint8Array(file).buffer);
  return { ...meta, ...dict };
}

/** A group of annotations, with its numbers. */
export interface ReadGroup {
  readonly label: string;
  readonly count: number;
  readonly attributes: DicomJson;
  /** x and y in turn, in millimetres or pixels. */
  readonly coordinates: Float32Array | Float64Array;
  readonly scores: Float32Array;
}

/** The groups of an annotation object. */
export function readGroups(data: DicomJson): ReadGroup[] {
  return itemsOf(data, '006A0002').map((group) => {
    const doubles = bytesOf(group, '00660022');
    const floats = bytesOf(group, '00660016');
    const values = itemsOf(itemsOf(group, '00660121')[0], '00660132')[0];
    return {
      label: textOf(group, '006A0005')!,
      count: numberOf(group, '006A000C')!,
      attributes: group,
      coordinates: doubles ? new Float64Array(doubles) : new Float32Array(floats!),
      scores: new Float32Array(bytesOf(values, '00660125') ?? new ArrayBuffer(0)),
    };
  });
}

function bytesOf(data: DicomJson | undefined, tag: string): ArrayBuffer | undefined {
  return data?.[tag]?.Value?.[0] as ArrayBuffer | undefined;
}

/** Whether `dciodvfy` can be run here; says loudly when not. */
export function hasValidator(): boolean {
  const isThere = spawnSync('dciodvfy', ['-help']).error === undefined;
  if (!isThere) console.warn('SKIPPED checks of DICOM files: dicom3tools is not installed.');
  return isThere;
}

/** Errors that David Clunie's validator finds in a file. */
export function errorsOf(file: Uint8Array, folder: string): string[] {
  const path = join(folder, 'checked.dcm');
  writeFileSync(path, file);
  const { stderr } = spawnSync('dciodvfy', [path], { encoding: 'utf8' });
  // It names the object that it recognised, so silence is no success.
  if (!/^\w+$/m.test(stderr)) throw new Error(`dciodvfy did not say what it saw: ${stderr}`);
  return stderr.split('\n').filter((line) => line.startsWith('Error'));
}
