import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { tempFolder } from '../../../test/support/temp-folder.ts';
import { openEngineHost } from '../open-engine-host.ts';
import { chooseProvider, cudaProblems } from './choose-provider.ts';
import { installProvider } from './install.ts';
import { providerFiles } from './installed.ts';
import { CUDA_LIBRARIES, missingLibraries, openFailure } from './libraries.ts';
import { BINARY_FOLDER, ONNX_RUNTIME_VERSION, PROVIDER_PACKAGE } from './package.ts';

const folder = tempFolder();
const hasCuda = cudaProblems().length === 0;

describe('the pinned provider', () => {
  it('is of the ONNX Runtime that is installed', () => {
    expect(PROVIDER_PACKAGE.onnxRuntime).toBe(ONNX_RUNTIME_VERSION);
  });

  it('is told apart from other files and none', async () => {
    await writeFile(join(folder, PROVIDER_PACKAGE.files[0].name), 'another one');
    const states = (await providerFiles(folder)).map(({ state }) => state);
    expect(states).toEqual(['other', 'absent']);
  });
});

describe.skipIf(process.platform !== 'linux')('openFailure', () => {
  it('opens what the linker finds, add-on of Node or not', () => {
    expect(openFailure('libc.so.6')).toBeUndefined();
  });

  it('says what the linker says of a library that is missing or none', async () => {
    expect(openFailure('libno-such.so.1')).toContain('libno-such.so.1: cannot open shared object');
    const text = join(folder, 'text.so');
    await writeFile(text, 'no ELF file');
    expect(openFailure(text)).toMatch(/file too short|invalid ELF header/);
  });

  it('finds those of a list that are missing', () => {
    const missing = missingLibraries([
      { name: 'libc.so.6', source: '' },
      { name: 'libno-such.so.1', source: '' },
    ]);
    expect(missing.map(({ name }) => name)).toEqual(['libno-such.so.1']);
  });
});

describe('chooseProvider', () => {
  it('takes the CPU when told to, without a note', () => {
    expect(chooseProvider('cpu')).toEqual({ provider: 'cpu', note: undefined });
  });

  it.skipIf(hasCuda)('takes the CPU where CUDA cannot run, and says why', () => {
    expect(chooseProvider('auto')).toMatchObject({
      provider: 'cpu',
      note: expect.stringMatching(/^The model runs on the CPU\. .+ (missing|opened|Linux)/),
    });
  });

  it.skipIf(hasCuda || process.platform !== 'linux')(
    'refuses CUDA where it cannot run, naming every library that is missing',
    async () => {
      const failure = await openEngineHost({ model: 'compact', ep: 'cuda' }).catch((e) => e);
      expect(failure).toMatchObject({ code: 'CONFIGURATION_INVALID' });
      for (const { name, source } of missingLibraries(CUDA_LIBRARIES)) {
        expect(failure.message).toContain(`${name} is missing; it comes with ${source}.`);
      }
    },
  );
});

describe.skipIf(`${process.platform} ${process.arch}` !== 'linux x64')('installProvider', () => {
  const signal = new AbortController().signal;
  const install = (archive: string) => installProvider({ archive, signal, onStep: () => {} });

  it('installs nothing from an archive that is not the pinned one', async (context) => {
    const before = await providerFiles(BINARY_FOLDER);
    if (before.every(({ state }) => state === 'pinned')) {
      console.warn('The CUDA provider is installed: its installation is not tested.');
      context.skip();
    }
    const archive = join(folder, 'provider.tgz');
    await writeFile(archive, 'something else');
    await expect(install(archive)).rejects.toMatchObject({
      code: 'SOURCE_NOT_FOUND',
      message: expect.stringContaining('is not the pinned file (sha512-'),
    });
    await expect(install(join(folder, 'none.tgz'))).rejects.toMatchObject({
      message: expect.stringContaining('cannot be opened (ENOENT)'),
    });
    expect(await providerFiles(BINARY_FOLDER)).toEqual(before);
  });
});
