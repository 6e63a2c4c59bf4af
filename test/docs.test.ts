/** What the documents name is there: files, links, identifiers, commands and their options, scripts. */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path/posix';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { createProgram } from '../src-gpu/command/program.ts';
import { pages } from './docs/blocks.ts';
import { exportedNames } from './support/exported-names.ts';

const root = fileURLToPath(new URL('..', import.meta.url)).replaceAll('\\', '/');
const read = (path: string) => readFileSync(join(root, path), 'utf8');
const find = (...patterns: string[]) =>
  globSync(patterns, { cwd: root }).map((path) => path.replaceAll('\\', '/'));

const documents = pages();
const folders = ['shared', 'src-edge', 'src-gpu', 'test', 'examples', 'models', 'docs', '.ci'];

/** Everything that can hold what a document names; not the documents, nor this test. */
const sources = find(
  '{shared,src-edge,src-gpu,test,examples}/**/*.{ts,mjs,html,groovy,py,json,sh}',
  'models/**/*.{py,cpp,json}',
  '*.{json,toml,ts}',
  '.ci/run',
).filter((path) => path !== 'test/docs.test.ts');
const texts = sources.map(read);
const words = new Set(texts.flatMap((text) => text.match(/[A-Za-z_$][\w$]*/g) ?? []));
const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };

const isDefined = (name: string) => {
  const definition = new RegExp(
    `\\b(function\\*? |const |class |def )${name}\\b|^ +(async |static )*\\*?${name}[(<].*[{;]$`,
    'm',
  );
  return texts.some((text) => definition.test(text));
};

/** Names that users import from. */
const PACKAGES: Readonly<Record<string, string>> = {
  'unicell-edge-client': 'shared/client/client.ts',
  'unicell-edge': 'src-gpu/package/core.ts',
  'unicell-edge/server': 'src-gpu/package/server.ts',
};

interface Mention {
  readonly document: string;
  readonly text: string;
}

const inline: Mention[] = [];
/** Lines of code blocks, those that go on after a backslash as one. */
const lines: Mention[] = [];
const blocks: (Mention & { readonly language: string })[] = [];
for (const document of documents) {
  const prose = read(document).replace(
    /^( *)```(\w*)\n([\s\S]*?)^ *```/gm,
    (_all, _indent, language: string, text: string) => {
      blocks.push({ document, language, text });
      const whole = text.replaceAll(/\\\n\s*/g, ' ').split('\n');
      lines.push(...whole.map((line) => ({ document, text: line.replace(/ {2,}# .*/, '') })));
      return '';
    },
  );
  for (const [, text] of prose.matchAll(/`([^`]+)`/g)) {
    inline.push({ document, text: text!.replaceAll(/\s+/g, ' ') });
  }
}

/** Those that are wrong, with where they stand. */
function wrong(mentions: readonly Mention[], isRight: (text: string) => boolean): string[] {
  const bad = mentions.filter(({ text }) => !isRight(text));
  return [...new Set(bad.map(({ document, text }) => `${document}: ${text}`))];
}

/** Each part of a mention that a pattern finds, as a mention of its own. */
function parts(mentions: readonly Mention[], pattern: RegExp): Mention[] {
  return mentions.flatMap(({ document, text }) =>
    [...text.matchAll(pattern)].map((found) => ({ document, text: found[1] ?? found[0] })),
  );
}

describe('the documents', () => {
  it('are all in the index', () => {
    const index = read('docs/README.md');
    const missing = find('docs/*.md')
      .map((path) => relative('docs', path))
      .filter((path) => path !== 'README.md' && !index.includes(`(${path})`));
    expect(missing).toEqual([]);
  });

  it('say what each folder of the core and of the service is', () => {
    const told = { shared: read('shared/README.md'), 'src-gpu': read('docs/architecture.md') };
    const missing = Object.entries(told).flatMap(([tier, text]) => {
      const names = find(`${tier}/*/**/*.ts`).map((path) => path.split('/')[1]!);
      expect(names.length).toBeGreaterThan(100);
      return [...new Set(names)].filter((name) => !text.includes(`\`${name}/\``));
    });
    expect(missing).toEqual([]);
  });

  it('link to files and headings that are there', () => {
    const links = documents.flatMap((document) =>
      parts([{ document, text: read(document) }], /\]\((?!\w+:)([^)\s]+)\)/g),
    );
    expect(links.length).toBeGreaterThan(100);
    const bad = links.filter(({ document, text }) => {
      const [path = '', heading] = text.split('#');
      const file = path === '' ? document : join(dirname(document), path);
      if (!existsSync(join(root, file))) return true;
      return heading !== undefined && !headingsOf(read(file)).includes(heading);
    });
    expect(bad).toEqual([]);
  });

  it('name files and folders that are there', () => {
    // Not those that a command is to write, nor with a name of the reader's.
    const path = new RegExp(`(?<!--out |[\\w./:-])((?:${folders.join('|')})/[\\w./*-]*)`, 'g');
    const named = parts([...inline, ...lines], path).filter(({ text }) => !/\/[A-Z]+$/.test(text));
    expect(named.length).toBeGreaterThan(50);
    expect(wrong(named, (text) => find(text.replace(/\/$/, '')).length > 0)).toEqual([]);
  });

  it('name identifiers that are in the code', () => {
    const camelCase = /(?<![\w/.@-])([A-Za-z]\w*[a-z][A-Z]\w*)/g;
    const named = parts(inline, camelCase);
    expect(named.length).toBeGreaterThan(50);
    expect(wrong(named, (text) => words.has(text))).toEqual([]);
  });

  it('call functions that are defined', () => {
    const named = parts(inline, /(?<![\w.-])([a-z]\w*)\(/g);
    expect(named.length).toBeGreaterThan(5);
    expect(wrong(named, (text) => text in Math || isDefined(text))).toEqual([]);
  });

  it('import what is exported', () => {
    const imports = blocks
      .filter(({ language }) => language === 'ts')
      .flatMap(({ document, text }) =>
        [...text.matchAll(/import (?:type )?\{([^}]*)\} from '([^']+)'/g)].map(
          ([, names = '', from = '']) => ({ document, names, from }),
        ),
      )
      .filter(({ from }) => !from.startsWith('node:'));
    expect(imports.length).toBeGreaterThan(1);
    for (const { document, names, from } of imports) {
      const file = PACKAGES[from] ?? join('', from);
      if (!existsSync(join(root, file))) throw new Error(`${document} imports from ${from}`);
      const wanted = names.split(',').map((name) => name.trim().replace(/^type /, ''));
      expect(exportedNames(root, file), document).toEqual(expect.arrayContaining(wanted));
    }
  });

  it('name scripts of package.json', () => {
    const named = parts([...inline, ...lines], /\bnpm run ([\w:]+)/g);
    expect(named.length).toBeGreaterThan(20);
    expect(wrong(named, (text) => text in scripts)).toEqual([]);
  });
});

describe('the command in the documents', () => {
  const program = createProgram(new AbortController().signal, () => {});
  const called = parts([...inline, ...lines], /^(?:\$ )?(?:npx )?(unicell( .*)?)$/g);
  const started = parts([...inline, ...lines], /^npm run ((?:demo|start:gpu)( .*)?)$/g).map(
    ({ document, text }) => ({
      document,
      text: text.replace(/^demo/, 'unicell demo').replace(/^start:gpu/, 'unicell serve'),
    }),
  );

  it('has the subcommands and options that they give it', () => {
    expect(called.length + started.length).toBeGreaterThan(60);
    const bad = [...called, ...started].flatMap(({ document, text }) => {
      const problem = problemOf(program, text.split(/\s+/).slice(1));
      return problem === undefined ? [] : [`${document}: ${text}: ${problem}`];
    });
    expect(bad).toEqual([]);
  });

  it('or another program has the options that they name alone', () => {
    const own = new Set(commandsOf(program).flatMap(optionsOf));
    const alone = parts(inline, /^(--[a-z][\w-]*)/g);
    expect(alone.length).toBeGreaterThan(20);
    const isElsewhere = (text: string) => {
      const quoted = new RegExp(`['"\`]${text}\\b|\\n +['"]?${text.slice(2)}['"]?: \\{`);
      return texts.some((source) => quoted.test(source));
    };
    expect(wrong(alone, (text) => own.has(text) || isElsewhere(text))).toEqual([]);
  });
});

/** As GitHub makes anchors of headings. */
function headingsOf(markdown: string): string[] {
  return [...markdown.matchAll(/^#+ (.+)$/gm)].map(([, heading]) =>
    heading!
      .toLowerCase()
      .replaceAll(/[^\w\s-]/g, '')
      .replaceAll(' ', '-'),
  );
}

function commandsOf(command: Command): Command[] {
  return [command, ...command.commands.flatMap(commandsOf)];
}

function optionsOf(command: Command): string[] {
  return ['--help', ...command.options.flatMap(({ long }) => long ?? [])];
}

/** What is wrong with a command line, in words. */
function problemOf(program: Command, args: readonly string[]): string | undefined {
  let command = program;
  for (const arg of args) {
    if (arg.startsWith('--')) {
      const name = arg.replace(/[^\w-].*$/, '');
      const isThere = name === '--' || optionsOf(command).includes(name);
      if (!isThere && !(command === program && name === '--version')) return `no option ${name}`;
      continue;
    }
    const next = command.commands.find((one) => one.name() === arg.replace(/\W+$/, ''));
    if (next) command = next;
    else if (command.commands.length > 0 && /^[a-z-]+$/.test(arg)) return `no command ${arg}`;
    else if (command.commands.length > 0) return undefined;
  }
  return undefined;
}
