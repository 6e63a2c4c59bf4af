/**
 * Long-lived credentials for PACS, by the root of their DICOMweb service.
 *
 * @module
 */
import * as z from 'zod';
import { UniCellError } from '../errors.ts';
import { checkRoot } from './dicomweb-url.ts';

const secret = z.string().regex(/^[\x20-\x7e]{1,4096}$/, 'must be 1 to 4096 printable characters');

const credentialsSchema = z.record(
  z.string(),
  z.union([
    z.strictObject({ username: secret, password: secret }),
    z.strictObject({ bearer: secret }),
    z.strictObject({ authorization: secret }),
  ]),
);

/** Finds the header `Authorization` for a root; `undefined` where there is none. */
export type PacsCredentials = (root: string) => string | undefined;

/**
 * Reads the setting `DICOMWEB_CREDENTIALS`, a JSON object by root:
 * `{"https://pacs.example.org/dicom-web": {"username": "unicell", "password": "..."}}`; instead of a name
 * and a password (HTTP Basic) there may be a `bearer` token, or the whole header as `authorization`.
 *
 * @throws {UniCellError} `CONFIGURATION_INVALID`, never with a secret in it.
 */
export function parseCredentials(text: string | undefined): PacsCredentials {
  if (text === undefined || text.trim() === '') return () => undefined;
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    // The cause would hold the text, and with it the secrets.
    throw invalid('is not JSON');
  }
  const parsed = credentialsSchema.safeParse(json);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const root = String(issue!.path[0] ?? 'the top level').slice(0, 200);
    throw invalid(
      `is not an object of credentials by root: at ${JSON.stringify(root)} there must be {"username", "password"}, {"bearer"} or {"authorization"}, as text`,
    );
  }
  const headers = new Map<string, string>();
  for (const [root, given] of Object.entries(parsed.data)) {
    headers.set(checkedRoot(root), headerOf(given));
  }
  return (root) => headers.get(root);
}

function headerOf(given: z.infer<typeof credentialsSchema>[string]): string {
  if ('authorization' in given) return given.authorization;
  if ('bearer' in given) return `Bearer ${given.bearer}`;
  return `Basic ${btoa(`${given.username}:${given.password}`)}`;
}

function checkedRoot(text: string): string {
  try {
    return checkRoot(text);
  } catch (cause) {
    throw invalid(cause instanceof UniCellError ? `: ${cause.message}` : 'has a root that is none');
  }
}

function invalid(what: string): UniCellError {
  return new UniCellError('CONFIGURATION_INVALID', `The variable DICOMWEB_CREDENTIALS ${what}.`);
}
