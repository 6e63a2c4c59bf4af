import { describe, expect, it } from 'vitest';
import { parseCredentials } from './credentials.ts';

const root = 'https://pacs.example.org/dicom-web';

describe('credentials for PACS', () => {
  it.each([
    [{ username: 'unicell', password: 'p w' }, 'Basic dW5pY2VsbDpwIHc='],
    [{ bearer: 'abc' }, 'Bearer abc'],
    [{ authorization: 'Digest x' }, 'Digest x'],
  ])('%j make a header, for their root alone', (given, header) => {
    const credentials = parseCredentials(JSON.stringify({ [`${root}/`]: given }));
    expect(credentials(root)).toBe(header);
    expect(credentials(`${root}2`)).toBeUndefined();
    expect(credentials('https://other.example.org/dicom-web')).toBeUndefined();
  });

  it('may be none', () => {
    expect(parseCredentials(undefined)(root)).toBeUndefined();
    expect(parseCredentials('  ')(root)).toBeUndefined();
  });

  it.each([
    ['{"https://a.b": {"bearer": "hush-hush"}', /is not JSON/],
    ['["hush-hush"]', /the top level/],
    [`{"${root}": {"bearer": "hush-hush", "more": 1}}`, /at "https:\/\/pacs/],
    [`{"${root}": {"bearer": "hush-hush\\n"}}`, /at "https:\/\/pacs/],
    [`{"${root}": "hush-hush"}`, /at "https:\/\/pacs/],
    ['{"https://u:hush-hush@a.b/c": {"bearer": "x"}}', /carries credentials/],
    ['{"pacs": {"bearer": "hush-hush"}}', /not an http URL/],
  ])('%s are refused, and not told', (text, message) => {
    expect(() => parseCredentials(text)).toThrow(message);
    expect(() => parseCredentials(text)).not.toThrow(/hush-hush/);
    expect(() => parseCredentials(text)).toThrow(
      expect.objectContaining({ code: 'CONFIGURATION_INVALID' }),
    );
  });
});
