/**
 * What workerd adds to the web standards that Node's types already declare: only what the edge uses.
 *
 * @module
 */

/** A module that the bundler compiled; workerd compiles no bytes at run time. */
declare module '*.wasm' {
  const module: WebAssembly.Module;
  export default module;
}

/** Pages are bundled as text. */
declare module '*.html' {
  const text: string;
  export default text;
}

/** So are scripts that were built for browsers. */
declare module '*.js.txt' {
  const text: string;
  export default text;
}

declare namespace WebAssembly {
  class Module {
    private readonly brand: 'module';
  }
  class Instance {
    constructor(module: Module, imports?: object);
    readonly exports: Readonly<Record<string, unknown>>;
  }
  class Memory {
    readonly buffer: ArrayBuffer;
  }
  let instantiate: (
    source: unknown,
    imports?: object,
  ) => Promise<{ readonly instance: Instance; readonly module: Module }>;
}

/** Anything behind a binding that answers requests: static assets, another Worker. */
interface Fetcher {
  fetch(request: Request | URL | string, init?: RequestInit): Promise<Response>;
}

/** The rate limit binding. */
interface RateLimit {
  limit(options: { readonly key: string }): Promise<{ readonly success: boolean }>;
}

/** An R2 bucket, read only. */
interface Bucket {
  get(key: string): Promise<{ arrayBuffer(): Promise<ArrayBuffer> } | null>;
}

/** The rest of a request's life. */
interface ExecutionContext {
  waitUntil(promise: Promise<unknown>): void;
}

/** The Cache API of this data centre. */
declare const caches: {
  readonly default: {
    match(request: Request): Promise<Response | undefined>;
    put(request: Request, response: Response): Promise<void>;
  };
};

declare module 'cloudflare:workers' {
  /** Lets a promise finish after the answer was sent. */
  export function waitUntil(promise: Promise<unknown>): void;
}
