/**
 * OpenSlide, where the system has it: its C functions, called through koffi in threads of libuv.
 *
 * @module
 */
/** A slide that OpenSlide has opened: a pointer. */
export type Handle = object;

/** What is used of OpenSlide's C interface (openslide.h). */
export interface OpenSlideLibrary {
  readonly version: string;
  detectVendor(path: string): Promise<string | null>;
  open(path: string): Promise<Handle | null>;
  /** Why the handle can no longer be used; null while it can. */
  error(handle: Handle): string | null;
  levelCount(handle: Handle): number;
  levelSize(handle: Handle, level: number): { readonly width: number; readonly height: number };
  levelDownsample(handle: Handle, level: number): number;
  property(handle: Handle, name: string): string | null;
  /**
   * Fills `pixels` with premultiplied ARGB words in the machine's byte order.
   *
   * @param x, y Top left corner in pixels of level 0.
   */
  readRegion(
    handle: Handle,
    pixels: Uint32Array,
    x: number,
    y: number,
    level: number,
    width: number,
    height: number,
  ): Promise<void>;
  close(handle: Handle): void;
}

const fileNames: Readonly<Record<string, readonly string[]>> = {
  linux: ['libopenslide.so.1', 'libopenslide.so.0'],
  darwin: [
    'libopenslide.1.dylib',
    '/opt/homebrew/lib/libopenslide.1.dylib',
    '/usr/local/lib/libopenslide.1.dylib',
  ],
  win32: ['libopenslide-1.dll', 'libopenslide-0.dll'],
};

let loading: Promise<OpenSlideLibrary | undefined> | undefined;

/** OpenSlide, or `undefined` where it or koffi is not installed. Looked for once. */
export function findOpenSlide(): Promise<OpenSlideLibrary | undefined> {
  loading ??= load();
  return loading;
}

async function load(): Promise<OpenSlideLibrary | undefined> {
  const koffi = await import('koffi').then(
    (module) => module.default,
    () => undefined,
  );
  for (const name of koffi ? (fileNames[process.platform] ?? []) : []) {
    try {
      return bind(koffi!.load(name));
    } catch {
      // Not there, or another OpenSlide than is known: the next name.
    }
  }
  return undefined;
}

type Koffi = typeof import('koffi');

function bind(library: ReturnType<Koffi['load']>): OpenSlideLibrary {
  const version: () => string = library.func('const char *openslide_get_version()');
  const detect = library.func('const char *openslide_detect_vendor(const char *path)');
  const open = library.func('void *openslide_open(const char *path)');
  const size = library.func(
    'void openslide_get_level_dimensions(void *osr, int32_t level, _Out_ int64_t *w, _Out_ int64_t *h)',
  );
  const read = library.func(
    'void openslide_read_region(void *osr, void *dest, int64_t x, int64_t y, int32_t level, int64_t w, int64_t h)',
  );
  return {
    version: version(),
    detectVendor: inThread(detect),
    open: inThread(open),
    error: library.func('const char *openslide_get_error(void *osr)'),
    levelCount: library.func('int32_t openslide_get_level_count(void *osr)'),
    levelDownsample: library.func(
      'double openslide_get_level_downsample(void *osr, int32_t level)',
    ),
    property: library.func('const char *openslide_get_property_value(void *osr, const char *name)'),
    levelSize(handle, level) {
      const [width, height] = [[0], [0]];
      size(handle, level, width, height);
      return { width: Number(width[0]), height: Number(height[0]) };
    },
    readRegion: inThread(read),
    close: library.func('void openslide_close(void *osr)'),
  };
}

/** Runs a function of the library beside the main thread. */
function inThread<A extends unknown[], R>(native: ReturnType<ReturnType<Koffi['load']>['func']>) {
  return (...values: A) =>
    new Promise<R>((resolve, reject) => {
      native.async(...values, (error: unknown, result: R) =>
        error ? reject(error) : resolve(result),
      );
    });
}
