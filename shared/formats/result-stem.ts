/** Bytes that a file system takes in a name, and what dataset, format, part and temporary endings take of them. */
const NAME_BYTES = 255;
const ENDING_BYTES = 85;
/** What no file system has in a name, or Windows does not; and what makes a name two lines. */
const UNSAFE = /[\p{Cc}<>:"/\\|?*]/gu;

/**
 * What the result files of a slide are called, before `.DATASET.FORMAT`: its name without its ending, shortened where a
 * file system would not take it with theirs. It is one file name whatever the slide is called. Two long names that begin
 * alike stay apart.
 *
 * @example
 * resultStem('biopsy 7.svs'); // 'biopsy 7'
 */
export function resultStem(slide: string): string {
  const plain = slide.replaceAll(UNSAFE, '_').trim();
  const dot = plain.lastIndexOf('.');
  const name = (dot > 0 ? plain.slice(0, dot) : plain).replace(/^\.+$/, '') || 'slide';
  const room = NAME_BYTES - ENDING_BYTES;
  if (bytesOf(name) <= room) return name;
  const hash = hashOf(name);
  let kept = name;
  while (bytesOf(kept) > room - hash.length - 1) kept = [...kept].slice(0, -1).join('');
  return `${kept}~${hash}`;
}

function bytesOf(text: string): number {
  return new TextEncoder().encode(text).length;
}

/** FNV-1a: enough to tell names apart. */
function hashOf(text: string): string {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, 0x01000193);
  return (hash >>> 0).toString(16).padStart(8, '0');
}
