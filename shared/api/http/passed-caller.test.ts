import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { Access } from './access.ts';
import type { Caller } from './caller.ts';
import { readCaller, signCaller } from './passed-caller.ts';

const secret = 's'.repeat(32);
const lab: Caller = { id: 'lab-b', scopes: ['detect', 'jobs'] };
const request = { method: 'GET', path: '/v1/jobs?limit=5', nowMs: 1.8e12 };
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

describe('a caller who is passed on', () => {
  it('is read as it was signed, within five minutes', async () => {
    const header = await signCaller(lab, request, secret);
    for (const ageMs of [-299_000, 0, 299_000]) {
      const later = { ...request, nowMs: request.nowMs + ageMs };
      expect(await readCaller(header, later, secret)).toEqual(lab);
    }
  });

  it('is nobody with another secret, for another request, later, or with other words', async () => {
    const header = await signCaller(lab, request, secret);
    const [head, said, signature] = header.split('.') as [string, string, string];
    const forged = btoa(atob(said).replace('lab-b', 'lab-j')).replaceAll('=', '');
    const unsigned = btoa('{"alg":"none","typ":"JWT"}').replaceAll('=', '');
    for (const [one, asked, known] of [
      [header, request, 't'.repeat(32)],
      [header, { ...request, method: 'DELETE' }, secret],
      [header, { ...request, path: '/v1/jobs/x' }, secret],
      [header, { ...request, nowMs: request.nowMs + 301_000 }, secret],
      [header, { ...request, nowMs: request.nowMs - 302_000 }, secret],
      [`${head}.${forged}.${signature}`, request, secret],
      [`${unsigned}.${said}.`, request, secret],
      [`${unsigned}.${said}.${signature}`, request, secret],
      [said, request, secret],
      [`${head}.${said}.`, request, secret],
      [`${header}.x`, request, secret],
      ['', request, secret],
      [undefined, request, secret],
      ['ä.ö', request, secret],
      ['ä.ö.ü', request, secret],
    ] as const) {
      await expect(readCaller(one, asked, known)).rejects.toMatchObject({ code: 'UNAUTHORIZED' });
    }
  });
});

describe('a key that passes requests on', () => {
  const keys = JSON.stringify([
    { id: 'edge', sha256: sha256('edge-key'), scopes: ['relay', 'detect', 'jobs'] },
    { id: 'own', sha256: sha256('own-key'), scopes: ['jobs'] },
  ]);
  const access = new Access({ keys, isLocal: false, callerSecret: secret, now: () => 1.8e12 });
  const asking = async (caller: Caller, key = 'edge-key') => ({
    authorization: `Bearer ${key}`,
    passed: await signCaller(caller, request, secret),
    ...{ method: request.method, path: request.path },
  });

  it('speaks for each as for somebody of its own', async () => {
    expect(await access.requireFor(await asking(lab), 'jobs')).toEqual({
      id: 'edge/lab-b',
      scopes: ['detect', 'jobs'],
    });
  });

  it('gives nobody more than both may', async () => {
    const admin: Caller = { id: 'boss', scopes: ['admin', 'jobs'] };
    expect((await access.requireFor(await asking(admin), 'jobs')).scopes).toEqual(['jobs']);
    const reader: Caller = { id: 'reader', scopes: ['detect'] };
    await expect(access.requireFor(await asking(reader), 'jobs')).rejects.toMatchObject({
      code: 'FORBIDDEN',
    });
  });

  it('must say for whom, and others must not', async () => {
    const silent = { ...(await asking(lab)), passed: undefined };
    await expect(access.requireFor(silent, 'jobs')).rejects.toMatchObject({
      code: 'UNAUTHORIZED',
      message: expect.stringContaining('CALLER_SECRET'),
    });
    await expect(access.requireFor(await asking(lab, 'own-key'), 'jobs')).rejects.toMatchObject({
      code: 'FORBIDDEN',
      message: expect.stringContaining('relay'),
    });
  });

  it('needs the secret', () => {
    expect(() => new Access({ keys, isLocal: false, now: () => 0 })).toThrow(
      expect.objectContaining({ code: 'CONFIGURATION_INVALID' }),
    );
  });
});
