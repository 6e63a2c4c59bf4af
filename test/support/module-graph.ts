/**
 * Which file of the project imports which: types too, modules that are loaded late, and programs of threads
 * (`new URL('./x.ts', import.meta.url)`).
 *
 * @module
 */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path/posix';
import { parseSync, Visitor } from 'oxc-parser';

/** The files that each file imports, as paths from the root of the project. */
export type ModuleGraph = ReadonlyMap<string, readonly string[]>;

/** An import, from one file to another. */
export type Import = readonly [from: string, to: string];

/** Names that import each other in a circle, and the imports between them. */
export interface Circle {
  readonly members: readonly string[];
  readonly imports: readonly Import[];
}

/** @param folders Below the root; their TypeScript is read, and `.mjs`. */
export function moduleGraph(root: string, folders: readonly string[]): ModuleGraph {
  const files = folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .map((name) => join(folder, name.replaceAll('\\', '/')))
      .filter((path) => /\.(ts|mjs)$/.test(path)),
  );
  const known = new Set(files);
  return new Map(
    files.map((file) => {
      const imported = specifiersOf(file, readFileSync(join(root, file), 'utf8'))
        .filter((specifier) => specifier.startsWith('.'))
        .map((specifier) => join(dirname(file), specifier));
      return [file, [...new Set(imported)].filter((path) => known.has(path))];
    }),
  );
}

/** The circles of files. */
export function fileCircles(graph: ModuleGraph): Circle[] {
  return circlesOf([...graph].flatMap(([from, tos]) => tos.map((to): Import => [from, to])));
}

/** The circles of folders that stand side by side, by what the files in them and below import. */
export function folderCircles(graph: ModuleGraph): Circle[] {
  const levels = new Map<string, { pair: Import; files: Import }[]>();
  for (const [from, tos] of graph) {
    for (const to of tos) {
      const [a, b] = [dirname(from).split('/'), dirname(to).split('/')];
      const same = a.findIndex((name, i) => name !== b[i]);
      // Where one of the two lies in a folder above the other, no folders stand side by side.
      if (same < 0 || b[same] === undefined) continue;
      const level = a.slice(0, same).join('/');
      const pair: Import = [join(level, a[same]!), join(level, b[same]!)];
      levels.set(level, [...(levels.get(level) ?? []), { pair, files: [from, to] }]);
    }
  }
  return [...levels.values()].flatMap((level) =>
    circlesOf(level.map(({ pair }) => pair)).map(({ members }) => ({
      members,
      imports: level
        .filter(({ pair }) => pair.every((folder) => members.includes(folder)))
        .map(({ files }) => files),
    })),
  );
}

function specifiersOf(file: string, text: string): string[] {
  const { program, module, errors } = parseSync(file, text);
  if (errors.length > 0) throw new Error(`${file}: ${errors[0]!.message}`);
  const found = module.staticImports.map(({ moduleRequest }) => moduleRequest.value);
  for (const { entries } of module.staticExports) {
    found.push(...entries.flatMap(({ moduleRequest }) => moduleRequest?.value ?? []));
  }
  const literal = (node: { type: string; value?: unknown } | undefined) => {
    if (node?.type === 'Literal' && typeof node.value === 'string') found.push(node.value);
  };
  new Visitor({
    ImportExpression: ({ source }) => literal(source),
    TSImportType: ({ source }) => literal(source),
    NewExpression({ callee, arguments: [address] }) {
      if (callee.type === 'Identifier' && callee.name === 'URL') literal(address);
    },
  }).visit(program);
  return found;
}

/** Strongly connected components of two names or more (Tarjan, SIAM J. Comput. 1, 1972). */
function circlesOf(imports: readonly Import[]): Circle[] {
  const next = new Map<string, Set<string>>();
  for (const [from, to] of imports) next.set(from, (next.get(from) ?? new Set()).add(to));
  const order = new Map<string, number>();
  const low = new Map<string, number>();
  const open: string[] = [];
  const circles: Circle[] = [];
  const visit = (name: string): void => {
    const number = order.size;
    order.set(name, number);
    low.set(name, number);
    open.push(name);
    for (const to of next.get(name) ?? []) {
      if (!order.has(to)) visit(to);
      if (open.includes(to)) low.set(name, Math.min(low.get(name)!, low.get(to)!));
    }
    if (low.get(name) !== number) return;
    const members = open.splice(open.indexOf(name)).sort();
    if (members.length < 2) return;
    circles.push({
      members,
      imports: imports.filter((one) => one.every((x) => members.includes(x))),
    });
  };
  for (const name of next.keys()) if (!order.has(name)) visit(name);
  return circles;
}
