/**
 * Who calls, as the edge tells the GPU service: signed, so that a leaked key of the edge alone speaks for nobody.
 *
 * @module
 */
import { Jwt } from 'hono/utils/jwt';
import * as z from 'zod';
import { UniCellError } from '../../errors.ts';
import { sha256Hex } from '../../sha256.ts';
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

const passedSchema = z.object({
  sub: z.string().regex(/^[\w.-]{1,64}$/),
  scopes: z.array(z.enum(CALLER_SCOPES)),
  iat: z.int(),
  request: z.string(),
});

const ALGORITHM = 'HS256';

/** The header for a request: a JSON Web Token (RFC 7519) with the caller, the request and the time. */
export async function signCaller(
  { id, scopes }: Caller,
  request: SignedRequest,
  secret: string,
): Promise<string> {
  const iat = Math.floor(request.nowMs / 1000);
  const payload = { sub: id, scopes, iat, request: await nameOf(request) };
  return Jwt.sign(payload, secret, ALGORITHM);
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
  // The time is looked at below: the clock is the caller's, and may be a little ahead.
  const payload = await Jwt.verify(header ?? '', secret, { alg: ALGORITHM, iat: false }).catch(
    () => undefined,
  );
  const parsed = passedSchema.safeParse(payload);
  if (!parsed.success || parsed.data.request !== (await nameOf(request))) {
    throw new UniCellError(
      'UNAUTHORIZED',
      `The key passes requests on for others, and the request does not say for whom: ${header ? 'its header X-UniCell-Caller is not signed with the secret of this service, or for another request' : 'it has no header X-UniCell-Caller'}. Set the same CALLER_SECRET on the edge and on the GPU service.`,
    );
  }
  const { sub, scopes, iat } = parsed.data;
  const ageS = request.nowMs / 1000 - iat;
  if (Math.abs(ageS) > MAX_AGE_S) {
    throw new UniCellError(
      'UNAUTHORIZED',
      `The header X-UniCell-Caller was signed ${Math.round(ageS)} s ago; at most ${MAX_AGE_S} s are taken. Set the clocks of the edge and of the GPU service.`,
    );
  }
  return { id: sub, scopes };
}

function nameOf({ method, path }: SignedRequest): Promise<string> {
  return sha256Hex(new TextEncoder().encode(`${method} ${path}`));
}
