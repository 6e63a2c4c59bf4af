import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path/posix';
import { parseSync } from 'oxc-parser';

/** What a file exports, types too, sorted; of `export *` what that file exports. */
export function exportedNames(root: string, file: string): string[] {
  const { module } = parseSync(file, readFileSync(join(root, file), 'utf8'));
  const names = module.staticExports.flatMap(({ entries }) =>
    entries.flatMap(({ exportName, importName, moduleRequest }) => {
      if (exportName.name !== null) return exportName.name;
      if (exportName.kind === 'Default') return 'default';
      if (importName.kind !== 'AllButDefault' || !moduleRequest) return [];
      return exportedNames(root, join(dirname(file), moduleRequest.value));
    }),
  );
  return [...new Set(names)].sort();
}
