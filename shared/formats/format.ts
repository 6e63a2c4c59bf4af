/**
 * What an exporter gets and what a format is: how nuclei become a file and a file becomes nuclei.
 *
 * @module
 */
import type { CellType } from '../datasets/cell-type.ts';
import type { Dataset } from '../datasets/dataset.ts';
import type { Region } from '../image/source.ts';
import type { Nuclei } from '../nuclei/nuclei.ts';
import type { Derivation } from './derivation.ts';
import type { FolderPiece } from './folder-piece.ts';

/** What a file says about its nuclei, which are of one image under one dataset. */
export interface ExportHead {
  /** How many nuclei there are. */
  readonly count: number;
  readonly dataset: {
    readonly id: string;
    /** In head order; colours as `#rrggbb`. */
    readonly classes: readonly {
      readonly name: string;
      readonly colour: string;
      readonly cellType?: CellType;
    }[];
  };
  readonly image: {
    /** What the image is called, for instance its file name. */
    readonly id: string;
    readonly width: number;
    readonly height: number;
    /** Micrometres per pixel. */
    readonly mpp: number;
    /** The scanned area, where the image holds a larger level; QuPath counts pixels from its corner. */
    readonly bounds?: Region | undefined;
  };
  readonly model: { readonly id: string; readonly version: string };
  /** The least score of a nucleus: of the model's card, or what was asked for. */
  readonly threshold?: number | undefined;
  /** What was asked for, where it was not all; what is left out is not known to be absent. */
  readonly only?: Selection | undefined;
  /** Radius in micrometres of the circle or box that some formats draw around a nucleus; 4 when left out. */
  readonly radiusUm?: number | undefined;
  /** Which of several files this is, where one would hold too many nuclei. */
  readonly part?: FilePlace | undefined;
  /** Parts of the image that were asked for and have no result, in pixels of it. */
  readonly missing?: readonly Region[] | undefined;
  /** Where the image is a DICOM slide. */
  readonly dicom?: Derivation | undefined;
}

/** Which nuclei of an image are in a file. */
export interface Selection {
  /** Names of classes of the dataset. */
  readonly classes?: readonly string[] | undefined;
  /** Whether they lie in outlines that were given. */
  readonly inRegions?: true | undefined;
  /** `x0, y0, x1, y1` in pixels of the image, the last two excluded. */
  readonly bbox?: readonly [number, number, number, number] | undefined;
}

/** The place of a file among several that belong together, from 1. */
export interface FilePlace {
  readonly number: number;
  readonly of: number;
}

/** A file's nuclei as one table. */
export interface ExportInput extends Omit<ExportHead, 'count'> {
  readonly nuclei: Nuclei;
}

export interface ReadOptions {
  /** The label set whose classes the file names; aliases are understood. */
  readonly dataset: Dataset;
  /** What the text is, for messages: a file name. */
  readonly origin: string;
  /** Micrometres per pixel of an image, for files that hold micrometres. */
  readonly mppOf?: ((image: string) => number | undefined) | undefined;
}

/**
 * Nuclei by image, under the empty name where a file does not name its image. A nucleus without a
 * class has `UNKNOWN_CLASS`, one without a score 1.
 */
export type NucleiByImage = Map<string, Nuclei>;

/** Bytes of a file, which the taker may keep; never none. */
export type FilePart = Uint8Array<ArrayBuffer>;

/** What writes a format, loaded when it is needed. */
export interface FormatModule {
  /**
   * The file as parts of about 64 KiB, made while they are taken: a million nuclei are never all in
   * memory as a file. Coordinates are rounded to 0.01 pixel, scores to 0.0001.
   *
   * @throws {UniCellError} `POINTS_INVALID`, before the first part, for nuclei that are not finite or
   *   whose class the dataset does not have.
   */
  write(input: ExportInput): Iterable<FilePart>;
  /**
   * The same file from blocks of its nuclei, in their order: the bytes do not depend on where blocks end.
   *
   * @param blocks Called once for every pass over the nuclei that the format needs.
   * @throws {UniCellError} `POINTS_INVALID`, when the block comes.
   */
  stream(head: ExportHead, blocks: () => AsyncIterable<Nuclei>): AsyncIterable<FilePart>;
  /**
   * The files of a format that is a folder, which `write` and `stream` give as one zip file.
   *
   * @throws {UniCellError} As `stream`.
   */
  pieces?(head: ExportHead, blocks: () => AsyncIterable<Nuclei>): AsyncIterable<FolderPiece>;
  /**
   * Says before the work whether there is what the format needs.
   *
   * @throws {UniCellError} `INVALID_OPTIONS` when not.
   */
  check?(head: ExportHead): void;
}

/** What reads a format, loaded when it is needed. */
export interface FormatReader {
  /**
   * Reads what `write` writes, and what others write in this format.
   *
   * @throws {UniCellError} `POINTS_INVALID` naming the place of what does not fit.
   */
  read(text: string, options: ReadOptions): NucleiByImage;
}

/** What is known of a format without loading it. */
export interface Format {
  readonly id: string;
  readonly description: string;
  readonly mediaType: string;
  /** Of a file, without the first dot. */
  readonly extension: string;
  /** Nuclei that a file should hold at most, for what reads it; more go into several files. */
  readonly maxCount?: number;
  /** Whether it can only be made of a slide that is DICOM itself. */
  readonly needsDicom?: true;
  load(): Promise<FormatModule>;
  /** Formats for machines and for showing have none. */
  readonly loadReader?: () => Promise<FormatReader>;
}

/** A format that can be read. */
export type ReadableFormat = Format & Required<Pick<Format, 'loadReader'>>;
