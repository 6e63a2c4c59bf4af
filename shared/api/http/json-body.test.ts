import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LONG_TEXT, MAX_JSON_BYTES, parseJsonBody, parseJsonWithLongText } from './json-body.ts';

const bytesOf = (text: string) => new TextEncoder().encode(text) as Uint8Array<ArrayBuffer>;
const json = fc.json({ maxDepth: 10 }).filter((text) => !text.includes('__proto__'));
const thrown = (code: string) => expect.objectContaining({ code });

describe('JSON of callers', () => {
  it('is what JSON.parse says, while it is small', () => {
    fc.assert(
      fc.property(json, (text) => {
        expect(parseJsonBody(bytesOf(text))).toEqual(JSON.parse(text));
        expect(parseJsonWithLongText(bytesOf(text)).json).toEqual(JSON.parse(text));
      }),
    );
  });

  it('keeps one long text as it stands, wherever it is', () => {
    const before = { quotes: '"\\"', braces: '{{{[[[', list: [1, [2], { a: 'b' }] };
    const long = `\\/+\\n${'A'.repeat(MAX_JSON_BYTES)}`;
    const text = `${JSON.stringify(before).slice(0, -1)},"image":{"base64":"${long}"},"after":"}"}`;
    const { json, longText } = parseJsonWithLongText(bytesOf(text));
    expect(json).toEqual({ ...before, image: { base64: LONG_TEXT }, after: '}' });
    expect(new TextDecoder().decode(longText)).toBe(long);
  });

  it.each([
    ['spaces', ' '.repeat(MAX_JSON_BYTES + 2), 'BODY_TOO_LARGE'],
    ['numbers', `[${'1,'.repeat(MAX_JSON_BYTES)}1]`, 'BODY_TOO_LARGE'],
    ['brackets', '['.repeat(MAX_JSON_BYTES * 2), 'BODY_INVALID'],
    ['brackets in a text', JSON.stringify('['.repeat(1000)), undefined],
    ['brackets side by side', `[${'[],'.repeat(1000)}[]]`, undefined],
    ['33 levels', `${'['.repeat(33)}${']'.repeat(33)}`, 'BODY_INVALID'],
    ['32 levels', `${'['.repeat(32)}${']'.repeat(32)}`, undefined],
    ['a text without an end', `{"a":"${'b'.repeat(MAX_JSON_BYTES * 2)}`, 'BODY_INVALID'],
    ['backslashes without an end', `{"a":"${'\\'.repeat(MAX_JSON_BYTES * 2 + 1)}"`, 'BODY_INVALID'],
    ['escaped quotes', JSON.stringify('"'.repeat(MAX_JSON_BYTES)), 'BODY_TOO_LARGE'],
    ['many long texts', JSON.stringify(new Array(9).fill('a'.repeat(2e5))), 'BODY_TOO_LARGE'],
    ['no UTF-8', '\ud800"', 'BODY_INVALID'],
    ['a prototype', '{"mpp":0.5,"__proto__":{"mpp":1}}', 'BODY_INVALID'],
    ['a prototype in escapes', '[{"\\u005f_proto__":1}]', 'BODY_INVALID'],
    ['the word for it in a text', '{"name":"__proto__","\\u006dpp":1}', undefined],
  ])('%s', (_name, text, code) => {
    const bytes = bytesOf(text);
    if (code === undefined) expect(parseJsonWithLongText(bytes).json).toEqual(JSON.parse(text));
    else expect(() => parseJsonWithLongText(bytes)).toThrow(thrown(code));
  });
});
