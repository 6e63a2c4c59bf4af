import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { printableSettings, readServiceSettings, VARIABLES } from './settings.ts';

describe('readServiceSettings', () => {
  it('has a value for everything that must have one', () => {
    expect(readServiceSettings({ PORT: ' ', HOST: '' })).toMatchObject({
      HOST: '127.0.0.1',
      PORT: 8080,
      MODEL: 'compact',
      ROLE: 'all',
      SLIDE_FOLDERS: [],
    });
  });

  it.each([
    ['PORT', '80x'],
    ['PORT', '65536'],
    ['MAX_BATCH', '0'],
    ['ROLE', 'both'],
    ['EXECUTION_PROVIDER', 'tpu'],
    ['REDIS_URL', 'http://127.0.0.1'],
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'collector'],
    ['WEBHOOK_SECRET', 'hunter2'],
    ['UNICELL_ENV', 'production'],
    ['LOG_LEVEL', 'loud'],
  ])('refuses %s=%s and names it', (name, value) => {
    expect(() => readServiceSettings({ [name]: value })).toThrow(`The variable ${name} `);
  });

  it('refuses a service without keys that others reach', () => {
    expect(() => readServiceSettings({ UNICELL_ENV: 'local', HOST: '0.0.0.0' })).toThrow(/HOST/);
    expect(readServiceSettings({ UNICELL_ENV: 'local', HOST: '::1' }).HOST).toBe('::1');
  });

  it('refuses half an object store', () => {
    const half = { S3_ENDPOINT: 'https://s3.example', S3_BUCKET: 'b', S3_ACCESS_KEY_ID: 'k' };
    expect(() => readServiceSettings(half)).toThrow(/S3_SECRET_ACCESS_KEY is missing/);
  });
});

describe('printableSettings', () => {
  it('shows no secret', () => {
    const secrets = {
      API_KEYS: '[{"id":"lab-7c"}]',
      REDIS_URL: 'redis://user:sesame@127.0.0.1:6379',
      WEBHOOK_SECRET: 'whsec_c2VzYW1lc2VzYW1lc2VzYW1l',
    };
    const text = JSON.stringify(printableSettings(readServiceSettings(secrets)));
    expect(text).not.toMatch(/sesame|c2Vz|lab-7c/);
    expect(text).toContain('"API_KEYS":"(set)"');
  });
});

describe('docs/gpu.md', () => {
  it('describes every variable, and no other', () => {
    const docs = readFileSync(new URL('../../docs/gpu.md', import.meta.url), 'utf8');
    const cells = [...docs.matchAll(/^\| (`[A-Z][^|]*) \|/gm)].flatMap(([, cell]) =>
      [...cell!.matchAll(/`([A-Z][A-Z0-9_]+)`/g)].map(([, name]) => name!),
    );
    expect(cells.sort()).toEqual([...VARIABLES].sort());
  });
});
