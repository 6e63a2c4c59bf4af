import { UniCellError } from '../../shared/errors.ts';

/** What a disk that takes nothing comes to. */
export function unwritable(folder: string, cause: unknown): UniCellError {
  return new UniCellError(
    'OUTPUT_UNWRITABLE',
    `A file cannot be written to ${folder}: ${(cause as Error).message}. Nothing of it was left there; make room, or let the service write to the folder.`,
    {
      cause,
      publicMessage:
        'A file cannot be written by the service. Nothing of it was left; try again later, and tell who runs the service.',
    },
  );
}
