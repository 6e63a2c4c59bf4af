import { readFile } from 'node:fs/promises';
import type { Pages } from '../../shared/api/adapters.ts';
import { docsFiles } from '../../shared/browser/docs-files.ts';

/** The pages of both tiers. */
export async function readPages(): Promise<Pages> {
  const read = (name: string) =>
    readFile(new URL(`../../shared/browser/${name}.html`, import.meta.url), 'utf8');
  const [playground, docs, viewer] = await Promise.all([
    read('playground'),
    read('docs'),
    read('viewer'),
  ]);
  const files = new Map(docsFiles());
  const scripts = new Map<string, Promise<string>>();
  return {
    ...{ playground, docs, viewer },
    script(name) {
      const script = scripts.get(name) ?? bundled(name);
      scripts.set(name, script);
      script.catch(() => scripts.delete(name));
      return script;
    },
    docsFile: async (name) => readFile(files.get(name)!),
  };
}

/** Loaded late: most processes never show the viewer. */
async function bundled(name: Parameters<Pages['script']>[0]): Promise<string> {
  const { bundleViewer } = await import('../../shared/browser/bundle-viewer.ts');
  return bundleViewer(name);
}
