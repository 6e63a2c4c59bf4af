/**
 * What the descriptions of all routes are made of.
 *
 * @module
 */

import * as z from 'zod';
import type { ErrorCode } from '../../errors.ts';
import { mediaTypeOf } from './media-type.ts';
import { PROBLEMS } from './problem.ts';

export type JsonObject = Record<string, unknown>;

/** Bodies of these media types, each once, without a schema. */
export function contentOf(mediaTypes: readonly string[]): JsonObject {
  return Object.fromEntries(mediaTypes.map((type) => [mediaTypeOf(type), {}]));
}

/** The schema of what is sent to the service. */
export const inputSchema = (schema: z.ZodType) =>
  withoutDialect(z.toJSONSchema(schema, { io: 'input' }));
/** The schema of what it answers. */
export const outputSchema = (schema: z.ZodType) => withoutDialect(z.toJSONSchema(schema));

function withoutDialect({ $schema: _dialect, ...schema }: JsonObject): JsonObject {
  return schema;
}

/** Problems that any guarded request may meet. */
export const GUARDED: readonly ErrorCode[] = [
  'UNAUTHORIZED',
  'FORBIDDEN',
  'RATE_LIMITED',
  'CONFIGURATION_INVALID',
  'INTERNAL',
];

/** Every route under `/v1` takes a key. */
export const secured = { security: [{ key: [] }] };

/** The members of a schema as parameters of a query. */
export function queryParameters(schema: z.ZodType): JsonObject[] {
  const { properties } = inputSchema(schema) as { properties: JsonObject };
  return Object.entries(properties).map(([name, member]) => ({
    name,
    in: 'query',
    description: (member as { description?: string }).description,
    schema: member,
  }));
}

/** A parameter of the path. */
export function pathParameter(name: string): JsonObject {
  return { name, in: 'path', required: true, schema: { type: 'string' } };
}

/** A parameter in a header. */
export function headerParameter(name: string, description: string): JsonObject {
  return { name, in: 'header', description, schema: { type: 'string' } };
}

export function ok(description: string, schema?: string): JsonObject {
  return {
    description,
    content: { 'application/json': schema === undefined ? {} : { schema: ref(schema) } },
  };
}

export function ref(name: string): JsonObject {
  return { $ref: `#/components/schemas/${name}` };
}

/** One response per status, which says what codes it may carry. */
export function problems(codes: readonly ErrorCode[]): JsonObject {
  const byStatus = new Map<number, ErrorCode[]>();
  for (const code of codes) {
    const { status } = PROBLEMS[code];
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  const entries = [...byStatus].map(([status, these]) => [
    status,
    {
      description: these.map((code) => `${code}: ${PROBLEMS[code].title}.`).join(' '),
      content: { 'application/problem+json': { schema: ref('Problem') } },
    },
  ]);
  return Object.fromEntries(entries);
}
