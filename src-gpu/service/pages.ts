import { readFile } from 'node:fs/promises';
import type { PageScript, Pages } from '../../shared/api/adapters.ts';
import { pageFiles } from '../../shared/browser/page-files.ts';

/** The pages of both tiers. */
export async function readPages(): Promise<Pages> {
  const read = (name: string) =>
    readFile(new URL(`../../shared/browser/${name}.html`, import.meta.url), 'utf8');
  const [playground, docs, viewer] = await Promise.all([
    read('playground'),
    read('docs'),
    read('viewer'),
  ]);
  const files = new Map(pageFiles());
  const scripts = new Map<string, Promise<string>>();
  return {
    ...{ playground, docs, viewer },
    script(name) {
      const script = scripts.get(name) ?? bundled(name);
      scripts.set(name, script);
      script.catch(() => scripts.delete(name));
      return script;
    },
    file: async (name) => readFile(files.get(name)!),
  };
}

/** Loaded late: most processes never show a page. */
async function bundled(name: PageScript): Promise<string> {
  const { bundleScript } = await import('../../shared/browser/bundle-script.ts');
  return bundleScript(name);
}
