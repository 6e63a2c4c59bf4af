export const CALLER_SCOPES = ['detect', 'jobs', 'admin'] as const;
export type Scope = (typeof CALLER_SCOPES)[number];

/** Somebody who has shown a key, or anybody in local development. */
export interface Caller {
  readonly id: string;
  readonly scopes: readonly Scope[];
}
