import { make } from './elements.ts';

/** Some browsers read what is saved only after the click has been handled. */
const KEPT_MS = 60_000;

/** Lets the browser save something under a name. */
export function saveFile(content: Blob, name: string): void {
  const url = URL.createObjectURL(content);
  make('a', { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), KEPT_MS);
}
