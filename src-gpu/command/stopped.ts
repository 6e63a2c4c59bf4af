import { UniCellError } from '../../shared/errors.ts';

/** The user stopped the command; the message says what was kept. */
export class Stopped extends UniCellError {
  constructor(message: string, options?: { cause?: unknown }) {
    super('CANCELED', message, options);
  }
}
