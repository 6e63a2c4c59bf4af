import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { Access } from './access.ts';

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const keys = JSON.stringify([
  { id: 'lab', sha256: sha256('key-one'), scopes: ['detect'] },
  { id: 'lab', sha256: sha256('key-two'), scopes: ['detect'] },
  { id: 'ward', sha256: sha256('key-three'), scopes: ['detect', 'jobs'] },
]);
const access = new Access({ keys, isLocal: false, now: () => 0 });

describe('Access', () => {
  it.each(['key-one', 'key-two'])('knows %s while keys are changed over', async (key) => {
    const caller = await access.require(`Bearer ${key}`, 'detect');
    expect(caller.id).toBe('lab');
  });

  it.each([
    null,
    '',
    'key-one',
    'Basic key-one',
    'Bearer',
    'Bearer key-four',
    'Bearer key-one x',
    `Bearer ${'k'.repeat(600)}`,
  ])('does not know %s', async (header) => {
    await expect(access.require(header, 'detect')).rejects.toMatchObject({ code: 'UNAUTHORIZED' });
  });

  it('asks for the scope', async () => {
    await access.require('bearer key-three', 'jobs');
    await expect(access.require('Bearer key-one', 'jobs')).rejects.toMatchObject({
      code: 'FORBIDDEN',
      message: expect.stringMatching(/lab has the scopes detect; this needs jobs/),
    });
  });

  it('runs without keys only in local development', async () => {
    expect(() => new Access({ keys: ' ', isLocal: false, now: () => 0 })).toThrow(
      expect.objectContaining({ code: 'CONFIGURATION_INVALID' }),
    );
    const local = new Access({ keys: undefined, isLocal: true, now: () => 0 });
    expect((await local.require(undefined, 'admin')).id).toBe('local');
    const guarded = new Access({ keys, isLocal: true, now: () => 0 });
    await expect(guarded.require(undefined, 'detect')).rejects.toMatchObject({
      code: 'UNAUTHORIZED',
    });
  });

  it.each([
    ['{', 'not JSON'],
    ['[]', 'top level'],
    ['[{"id":"a","sha256":"abc","scopes":["detect"]}]', '0.sha256'],
    [`[{"id":"a","sha256":"${'0'.repeat(64)}","scopes":["all"]}]`, '0.scopes.0'],
    [`[{"id":"a","key":"plain","sha256":"${'0'.repeat(64)}","scopes":["detect"]}]`, '"key"'],
  ])('refuses the setting %s', (text, place) => {
    expect(() => new Access({ keys: text, isLocal: true, now: () => 0 })).toThrow(
      expect.objectContaining({
        code: 'CONFIGURATION_INVALID',
        message: expect.stringContaining(place),
      }),
    );
  });
});
