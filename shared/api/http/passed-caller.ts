/**
 * Who calls, as the edge tells the GPU service: signed, so that a leaked key of the edge alone speaks for nobody.
 *
 * @module
 */
import * as z from 'zod';
import { UniCellError } from '../../errors.ts';
import { CALLER_SCOPES, type Caller } from './caller.ts';

export const CALLER_HEADER = 'x-unicell-caller';
/** Shortest secret that both tiers may share. */
export const MIN_SECRET = 32;
/** How far the clocks of the tiers may be apart, with the time that a request is under way. */
const MAX_AGE_S = 300;

/** What a signature is for, beside who calls: it is worth nothing for another request, or later. */
export interface SignedRequest {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  /** Milliseconds since 1970. */
  readonly nowMs: number;
}

const passedSchema = z.strictObject({
  id: z.string().regex(/^[\w.-]{1,64}$/),
  scopes: z.array(z.enum(CALLER_SCOPES)),
  time: z.int(),
});

/** The header for a request, as `BASE64URL(JSON).HMAC-SHA-256`. */
export async function signCaller(
  { id, scopes }: Caller,
  request: SignedRequest,
  secret: string,
): Promise<string> {
  const time = Math.floor(request.nowMs / 1000);
  const said = toBase64Url(encode(JSON.stringify({ id, scopes, time })));
  const key = await keyOf(secret, 'sign');
  const signature = await crypto.subtle.sign('HMAC', key, signedBytes(said, request));
  return `${said}.${toBase64Url(new Uint8Array(signature))}`;
}

/**
 * Reads the header of a request.
 *
 * @throws {UniCellError} `UNAUTHORIZED` for one that is missing, not signed with the secret, for another
 *   request, or too old.
 */
export async function readCaller(
  header: string | null | undefined,
  request: SignedRequest,
  secret: string,
): Promise<Caller> {
  const [said = '', signature = '', ...more] = (header ?? '').split('.');
  const key = await keyOf(secret, 'verify');
  const isSigned =
    more.length === 0 &&
    (await crypto.subtle.verify('HMAC', key, fromBase64Url(signature), signedBytes(said, request)));
  const parsed = isSigned ? passedSchema.safeParse(parse(said)) : undefined;
  if (!parsed?.success) {
    throw new UniCellError(
      'UNAUTHORIZED',
      `The key passes requests on for others, and the request does not say for whom: ${header ? 'its header X-UniCell-Caller is not signed with the secret of this service, or for another request' : 'it has no header X-UniCell-Caller'}. Set the same CALLER_SECRET on the edge and on the GPU service.`,
    );
  }
  const { id, scopes, time } = parsed.data;
  const ageS = request.nowMs / 1000 - time;
  if (Math.abs(ageS) > MAX_AGE_S) {
    throw new UniCellError(
      'UNAUTHORIZED',
      `The header X-UniCell-Caller was signed ${Math.round(ageS)} s ago; at most ${MAX_AGE_S} s are taken. Set the clocks of the edge and of the GPU service.`,
    );
  }
  return { id, scopes };
}

function signedBytes(said: string, { method, path }: SignedRequest): Uint8Array<ArrayBuffer> {
  return encode(`unicell-caller-1\n${said}\n${method}\n${path}`);
}

function keyOf(secret: string, use: 'sign' | 'verify'): ReturnType<typeof crypto.subtle.importKey> {
  const algorithm = { name: 'HMAC', hash: 'SHA-256' };
  return crypto.subtle.importKey('raw', encode(secret), algorithm, false, [use]);
}

function parse(said: string): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(fromBase64Url(said)));
  } catch {
    return undefined;
  }
}

function encode(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text) as Uint8Array<ArrayBuffer>;
}

function toBase64Url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
}

/** What is no base64 has no bytes. */
function fromBase64Url(text: string): Uint8Array<ArrayBuffer> {
  try {
    const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
    return Uint8Array.from(binary, (letter) => letter.charCodeAt(0));
  } catch {
    return new Uint8Array();
  }
}
