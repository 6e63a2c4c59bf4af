/** Bytes of a file of a result that is a folder; those of one file follow each other. */
export interface FolderPiece {
  /** Path below the folder, with slashes. */
  readonly name: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}
