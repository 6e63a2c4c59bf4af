/** Every block of commands in the documents is run by `commands.endurance.test.ts`, or says why it is not. */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { blocksOf, commandsOf, isShell, pages, proseOf, readPage, root } from './blocks.ts';
import { pageScript } from './page-script.ts';
import { REASONS } from './reasons.ts';

const documents = pages();
const blocks = documents.flatMap((document) => blocksOf(document, readPage(document)));
const typed =
  /^ *(\$ |[A-Z_]+=\S+ )*(npm|npx|unicell|curl|docker|python3?|\.venv\/bin\/\w+|pip|git|sh|bash|sed|openssl) /m;
const at = ({ document, line }: { document: string; line: number }) => `${document}:${line}`;

describe('commands in the documents', () => {
  it('stand in blocks that say that they are for a shell', () => {
    const hidden = blocks.filter((block) => !isShell(block) && block.language === '');
    expect(hidden.filter(({ text }) => typed.test(text)).map(at)).toEqual([]);
    const indented = documents.filter((document) =>
      proseOf(readPage(document))
        .split(/\n{2,}/)
        .some((part) => /^ {4}/.test(part) && typed.test(part)),
    );
    expect(indented).toEqual([]);
  });

  it('are run, or say why not in words of the list', () => {
    const shell = blocks.filter(isShell);
    expect(shell.length).toBeGreaterThan(30);
    const excused = shell.filter(({ reason }) => reason !== undefined);
    expect(shell.length - excused.length).toBeGreaterThan(20);
    const bad = excused.filter((block) => !REASONS[block.reason!]?.test(block.text));
    expect(bad.map((block) => `${at(block)}: ${block.reason}`)).toEqual([]);
  });

  it('have their excuse right before them, and nowhere else', () => {
    const stray = documents.filter((document) => {
      const all = readPage(document).match(/not run:/g) ?? [];
      const used = blocks.filter((block) => block.document === document && block.reason);
      return all.length !== used.length || used.some((block) => !isShell(block));
    });
    expect(stray).toEqual([]);
  });

  it('call modules and options of the Python package that are there', () => {
    const calls = blocks.filter(isShell).flatMap((block) =>
      commandsOf(block)
        .replaceAll(/\\\n\s*/g, ' ')
        .split('\n')
        .flatMap((line) => {
          const [, name, rest] = /-m unicell\.(\w+)(.*)$/.exec(line.replace(/ {2,}#.*/, '')) ?? [];
          return name === undefined ? [] : [{ where: at(block), name, rest: rest! }];
        }),
    );
    expect(calls.length).toBeGreaterThan(8);
    const sources = globSync('models/unicell/**/*.py', { cwd: root });
    const options = new Set(
      sources.flatMap((path) => readFileSync(join(root, path), 'utf8').match(/"--[\w-]+"/g) ?? []),
    );
    const bad = calls.filter(
      ({ name, rest }) =>
        !existsSync(join(root, `models/unicell/${name}.py`)) ||
        (rest.match(/ --[\w-]+/g) ?? []).some((option) => !options.has(`"${option.trim()}"`)),
    );
    expect(bad).toEqual([]);
  });
});

describe('the script of a page', () => {
  const ports = { edge: 1, gpu: 2, view: 3, web: 4 };
  const script = (text: string, language = 'sh') =>
    pageScript(blocksOf('page.md', `\`\`\`${language}\n${text}\n\`\`\`\n`), ports)
      .split('"== page.md:2"\n')[1]!
      .trim();

  it('keeps servers in the background, on ports of its own', () => {
    expect(script('npm run dev:edge    # without an account')).toBe(
      'serve http://127.0.0.1:1/readyz npm run dev:edge -- --ip 127.0.0.1 --port 1 --inspector-port 0',
    );
    expect(script('ALLOWED_ORIGINS=http://localhost:9000 npm run start:gpu -- --local')).toBe(
      'ALLOWED_ORIGINS=http://localhost:4 serve http://127.0.0.1:2/readyz npm run start:gpu -- --local --port 2',
    );
    expect(script('python3 -m http.server 9000 --directory my-page')).toBe(
      'serve http://127.0.0.1:4/ python3 -m http.server 4 --directory my-page --bind 127.0.0.1',
    );
    expect(script('curl http://localhost:8787/livez')).toBe('curl http://localhost:1/livez');
  });

  it('leaves out what a session printed', () => {
    expect(script('$ echo a \\\n  b\na b', 'console')).toBe('echo a \\\n  b');
  });

  it('takes the indentation of a list off, and knows an excuse', () => {
    const text = '1. first\n\n   <!-- not run: needs Docker -->\n   ```sh\n   docker ps\n   ```\n';
    expect(blocksOf('page.md', text)).toEqual([
      { document: 'page.md', line: 5, language: 'sh', text: 'docker ps\n', reason: 'needs Docker' },
    ]);
  });
});
