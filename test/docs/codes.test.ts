/** Every stable code that a user may meet stands on a page; problems have a test beside them (`problem.test.ts`). */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PROBLEMS } from '../../shared/api/http/problem.ts';
import { readPage, root } from './blocks.ts';

const errors = readPage('docs/errors.md');
const rows = (markdown: string) =>
  [...markdown.matchAll(/^\| `([A-Z_]+)` \|/gm)].map(([, code]) => code!);
const [problems = '', warnings = ''] = errors.split('## Warnings');
const known = new Set(rows(errors));

/** Codes of objects with a code and a sentence, in the program itself. */
function codesInSources(): Set<string> {
  const files = globSync('{shared,src-gpu,src-edge}/**/*.ts', { cwd: root }).filter(
    (path) => !path.endsWith('.test.ts') && !path.includes('package/'),
  );
  const texts = files.map((path) => readFileSync(join(root, path), 'utf8'));
  return new Set(
    texts.flatMap((text) => [...text.matchAll(/\bcode: '([A-Z_]+)'/g)].map(([, code]) => code!)),
  );
}

describe('docs/errors.md', () => {
  it('has every warning, and no other', () => {
    const found = [...codesInSources()].filter((code) => !(code in PROBLEMS));
    expect(found.length).toBeGreaterThan(15);
    expect(rows(warnings).sort()).toEqual(found.sort());
    expect(rows(problems).every((code) => code in PROBLEMS)).toBe(true);
  });
});

describe('docs/troubleshooting.md', () => {
  const text = readPage('docs/troubleshooting.md');

  it('names codes that are on the page of codes, and settings that are there', () => {
    const settings = ['docs/gpu.md', 'docs/edge.md', 'docs/dicomweb.md', 'docs/gpu-engine.md'];
    const others = settings.map(readPage).join('\n');
    const named = [...text.matchAll(/`([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)`/g)].map(([, code]) => code!);
    expect(named.length).toBeGreaterThan(40);
    const unknown = named.filter((code) => !known.has(code) && !others.includes(code));
    // Of the Python client, and the environment of the command.
    expect(
      unknown.filter((code) => !['HTTP_ERROR', 'UNICELL_URL', 'XDG_CACHE_HOME'].includes(code)),
    ).toEqual([]);
  });
});
