import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type ErrorCode, UniCellError } from '../../errors.ts';
import { PROBLEMS, problemResponse, problemSchema } from './problem.ts';

const table = readFileSync(new URL('../../../docs/errors.md', import.meta.url), 'utf8');

describe('docs/errors.md', () => {
  it('describes every code with its status, and no other', () => {
    const rows = [...table.matchAll(/^\| `(\w+)` \| (\d+) \|/gm)].map(([, code, status]) => [
      code,
      Number(status),
    ]);
    const codes = Object.entries(PROBLEMS).map(([code, { status }]) => [code, status]);
    expect(rows.sort()).toEqual(codes.sort());
  });
});

describe('problemResponse', () => {
  it.each(Object.keys(PROBLEMS) as ErrorCode[])('makes a problem of %s', async (code) => {
    const response = problemResponse(new UniCellError(code, 'A sentence.'), '/v1/detect', 'r1');
    const problem = problemSchema.parse(await response.json());
    expect(problem).toMatchObject({ code, detail: 'A sentence.', status: response.status });
    expect(response.headers.has('retry-after')).toBe(PROBLEMS[code].retryAfterS !== undefined);
  });

  it('says nothing of where things lie on the machines of the service', async () => {
    const error = new UniCellError('OUTPUT_UNWRITABLE', 'No space on /srv/data.', {
      publicMessage: 'It cannot be written.',
    });
    const response = problemResponse(error, '/v1/jobs', 'r-1');
    expect(await response.json()).toMatchObject({ detail: 'It cannot be written.' });
  });

  it('says nothing of a fault but the request id', async () => {
    const response = problemResponse(new Error('secret path /etc'), '/', 'r2');
    expect(response.status).toBe(500);
    const text = await response.text();
    expect(text).toContain('r2');
    expect(text).not.toContain('secret');
  });
});
