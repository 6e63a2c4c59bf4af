/** The code blocks of the documents, and which of them a test runs. */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../..', import.meta.url));

export interface Block {
  /** Path below the root, with slashes. */
  readonly document: string;
  /** Of its first line in the document, from 1. */
  readonly line: number;
  /** As after the fence; empty when nothing stands there. */
  readonly language: string;
  /** Without the indentation of its list. */
  readonly text: string;
  /** Why it is not run, as the comment before it says. */
  readonly reason: string | undefined;
}

const PAGES = [
  '*.md',
  'docs/**/*.md',
  'examples/**/*.md',
  'models/**/*.md',
  'shared/*.md',
  'shared/client/**/*.md',
  'src-gpu/**/*.md',
];
const SHELLS = new Set(['sh', 'bash', 'console']);
/** A comment before a fence, the fence, what is in it. */
const FENCED = /^(?: *<!-- not run: (.*?) -->\n)?( *)```([\w-]*)\n([\s\S]*?)^ *```/gm;

/** Every document that a reader may copy commands from. */
export function pages(): string[] {
  return globSync(PAGES, { cwd: root })
    .map((path) => path.replaceAll('\\', '/'))
    .filter((path) => path !== 'CHANGELOG.md' && !path.includes('node_modules'))
    .sort();
}

/** A file below the root, as text. */
export function readPage(document: string): string {
  return readFileSync(join(root, document), 'utf8');
}

/** @param markdown What the document holds. */
export function blocksOf(document: string, markdown: string): Block[] {
  return [...markdown.matchAll(FENCED)].map((found) => {
    const [all, reason, indent = '', language = '', content = ''] = found;
    const before = markdown.slice(0, found.index + all.indexOf('```'));
    const text = content.replaceAll(new RegExp(`^${indent}`, 'gm'), '');
    return { document, line: before.split('\n').length + 1, language, text, reason };
  });
}

/** Whether it holds commands for a shell. */
export function isShell({ language }: Block): boolean {
  return SHELLS.has(language);
}

/** What is typed: of a session (`console`) the lines after a prompt, with those that they go on in. */
export function commandsOf({ language, text }: Block): string {
  if (language !== 'console') return text;
  const typed = text.matchAll(/^\$ ((?:.*\\\n)*.*)$/gm);
  return [...typed].map(([, command]) => `${command}\n`).join('');
}

/** What stands outside of code blocks. */
export function proseOf(markdown: string): string {
  return markdown.replaceAll(FENCED, '');
}
