/**
 * Fetches ONNX Runtime's CUDA provider and puts it where ONNX Runtime looks for it.
 *
 * @module
 */
import { execFile } from 'node:child_process';
import { access, chmod, copyFile, mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { UniCellError } from '../../../shared/errors.ts';
import { hashFile, providerFiles } from './installed.ts';
import { BINARY_FOLDER, ONNX_RUNTIME_VERSION, PROVIDER_PACKAGE } from './package.ts';

const run = promisify(execFile);

export interface InstallOptions {
  /** The archive of the package, for machines without a registry; fetched with npm when left out. */
  readonly archive?: string | undefined;
  /** Told what is being done, in full sentences. */
  readonly onStep: (sentence: string) => void;
  readonly signal: AbortSignal;
}

/** What an installation found or did. */
export interface Installation {
  readonly folder: string;
  /** False when everything was there already. */
  readonly hasChanged: boolean;
}

/**
 * Installs the provider that is pinned in `package.ts`. The archive and every file of it are checked against
 * hashes in this source; a file is written under another name and then renamed, so an interruption leaves
 * nothing half.
 *
 * @throws {UniCellError} `CONFIGURATION_INVALID` on another platform or beside another version of ONNX Runtime;
 *   `SOURCE_UNREACHABLE` when npm cannot fetch the package; `SOURCE_NOT_FOUND` when the archive is not there or
 *   not the pinned one; `OUTPUT_UNWRITABLE`.
 */
export async function installProvider(options: InstallOptions): Promise<Installation> {
  requirePlatform();
  const folder = BINARY_FOLDER;
  const files = await providerFiles(folder);
  if (files.every(({ state }) => state === 'pinned')) return { folder, hasChanged: false };
  const work = await mkdtemp(join(tmpdir(), 'unicell-provider-'));
  try {
    const archive = options.archive ?? (await fetchArchive(work, options));
    options.onStep('Checking the archive.');
    await requireArchive(archive);
    options.onStep(`Unpacking into ${folder}.`);
    await unpack(archive, work, options.signal);
    await place(work, folder);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  return { folder, hasChanged: true };
}

function requirePlatform(): void {
  const { onnxRuntime, name, version } = PROVIDER_PACKAGE;
  const platform = `${process.platform} ${process.arch}`;
  if (platform !== 'linux x64') {
    throw new UniCellError(
      'CONFIGURATION_INVALID',
      `This is ${platform}; the CUDA provider is there for linux x64 only. The CPU provider needs no installation.`,
    );
  }
  if (ONNX_RUNTIME_VERSION !== onnxRuntime) {
    throw new UniCellError(
      'CONFIGURATION_INVALID',
      `onnxruntime-node ${ONNX_RUNTIME_VERSION} is installed, and ${name} ${version} holds the CUDA provider of ${onnxRuntime}: ` +
        'they must be of the same version. Run `npm ci` to get the version that package-lock.json names.',
    );
  }
}

/** npm knows the registry, its proxy and its keys, and checks what it gets; so it does the fetching. */
async function fetchArchive(work: string, { onStep, signal }: InstallOptions): Promise<string> {
  const { name, version, bytes } = PROVIDER_PACKAGE;
  onStep(`Fetching ${name} ${version} from the npm registry (${Math.round(bytes / 1e6)} MB).`);
  const pack = ['pack', `${name}@${version}`, '--pack-destination', work, '--loglevel=error'];
  try {
    const { stdout } = await run('npm', pack, { cwd: work, signal });
    return join(work, basename(stdout.trim().split('\n').at(-1)!));
  } catch (cause) {
    signal.throwIfAborted();
    const { stderr = '', message } = cause as { stderr?: string; message: string };
    throw new UniCellError(
      'SOURCE_UNREACHABLE',
      `npm could not fetch ${name} ${version}: ${stderr.trim().split('\n')[0] || message}. Check the registry (\`npm ping\`), ` +
        'or fetch the archive elsewhere with `npm pack` and pass it with --archive.',
      { cause },
    );
  }
}

async function requireArchive(archive: string): Promise<void> {
  await access(archive).catch((cause: NodeJS.ErrnoException) => {
    throw new UniCellError(
      'SOURCE_NOT_FOUND',
      `${archive} cannot be opened (${cause.code}). Pass the .tgz that \`npm pack ${PROVIDER_PACKAGE.name}@${PROVIDER_PACKAGE.version}\` writes.`,
      { cause },
    );
  });
  const sha512 = await hashFile(archive, 'sha512', 'base64');
  if (sha512 !== PROVIDER_PACKAGE.sha512) throw changed(archive, `sha512-${sha512}`);
}

async function unpack(archive: string, work: string, signal: AbortSignal): Promise<void> {
  const { folder, files } = PROVIDER_PACKAGE;
  const paths = files.map(({ name }) => `${folder}/${name}`);
  const strip = `--strip-components=${folder.split('/').length}`;
  await run('tar', ['-xzf', archive, '-C', work, strip, ...paths], { signal });
  for (const { path, state } of await providerFiles(work)) {
    if (state !== 'pinned') throw changed(path, 'another hash');
  }
}

async function place(work: string, folder: string): Promise<void> {
  for (const { name } of PROVIDER_PACKAGE.files) {
    const part = join(folder, `${name}.${process.pid}.part`);
    try {
      await copyFile(join(work, name), part);
      await chmod(part, 0o755);
      await rename(part, join(folder, name));
    } catch (cause) {
      await rm(part, { force: true });
      throw new UniCellError(
        'OUTPUT_UNWRITABLE',
        `${name} cannot be written into ${folder} (${(cause as NodeJS.ErrnoException).code}). It needs 230 MB there and the right to write.`,
        { cause },
      );
    }
  }
}

function changed(path: string, found: string): UniCellError {
  return new UniCellError(
    'SOURCE_NOT_FOUND',
    `${path} is not the pinned file (${found}): it is damaged, or of another version. Nothing was installed; fetch it again.`,
  );
}
