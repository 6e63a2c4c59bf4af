/**
 * What a tool answers.
 *
 * @module
 */
import type { CallToolResult } from '@modelcontextprotocol/server';
import { UniCellProblem } from '../../shared/client/client.ts';
import { UniCellError } from '../../shared/errors.ts';

const NOTE = 'Research use only: not for diagnosis.';

/** An answer for people and models, and the same for programs. */
export function answer(text: string, content: Record<string, unknown>): CallToolResult {
  return {
    content: [{ type: 'text', text: `${text}\n${NOTE}` }],
    structuredContent: content,
  };
}

/** An answer with a picture. */
export function picture(text: string, bytes: Uint8Array, mimeType: string): CallToolResult {
  return {
    content: [
      { type: 'text', text: `${text}\n${NOTE}` },
      { type: 'image', data: Buffer.from(bytes).toString('base64'), mimeType },
    ],
  };
}

/** Runs a tool; what the caller can mend is an answer, what is our fault is not told in detail. */
export async function guarded(run: () => Promise<CallToolResult>): Promise<CallToolResult> {
  try {
    return await run();
  } catch (error) {
    return { isError: true, content: [{ type: 'text', text: messageOf(error) }] };
  }
}

function messageOf(error: unknown): string {
  if (error instanceof UniCellProblem) return `${error.code}: ${error.message}`;
  if (error instanceof UniCellError) return `${error.code}: ${error.publicMessage}`;
  if (error instanceof TypeError) return `The service does not answer: ${reasonOf(error)}`;
  return 'INTERNAL: the tool failed.';
}

function reasonOf({ message, cause }: TypeError): string {
  return cause instanceof Error ? cause.message : message;
}
