/**
 * Commands of the documents that serve until they are stopped. A reader leaves them running and types on in another
 * terminal; a page's run keeps them in the background until the page ends, or its next command of the kind.
 */
export interface Ports {
  readonly edge: number;
  readonly gpu: number;
  readonly view: number;
  readonly web: number;
}

interface Server {
  readonly command: RegExp;
  /** What a test adds, so that two pages can be run at once. */
  readonly options: (ports: Ports) => string;
  readonly ready: (ports: Ports) => string;
}

const SERVERS: readonly Server[] = [
  {
    command: /^npm run dev:edge\b/,
    options: ({ edge }) => `--ip 127.0.0.1 --port ${edge} --inspector-port 0`,
    ready: ({ edge }) => `http://127.0.0.1:${edge}/readyz`,
  },
  {
    command: /^(npm run start:gpu|npx unicell serve)\b/,
    options: ({ gpu }) => `--port ${gpu}`,
    ready: ({ gpu }) => `http://127.0.0.1:${gpu}/readyz`,
  },
  {
    command: /^npx unicell view\b/,
    options: ({ view }) => `--port ${view} --no-open`,
    ready: ({ view }) => `http://127.0.0.1:${view}/readyz`,
  },
  {
    command: /^python3 -m http\.server \d+\b/,
    options: () => '--bind 127.0.0.1',
    ready: ({ web }) => `http://127.0.0.1:${web}/`,
  },
];

/** A line as it is run: servers in the background, everything else as it stands. */
export function inBackground(line: string, ports: Ports): string {
  const [, variables = '', command = ''] = /^((?:[A-Z_]+=\S+ )*)(.*)$/s.exec(line)!;
  const server = SERVERS.find((one) => one.command.test(command));
  if (!server) return line;
  const typed = command.replace(/\s+#.*$/, '').trim();
  const separator = typed.startsWith('npm run') && !typed.includes(' -- ') ? ' --' : '';
  return `${variables}serve ${server.ready(ports)} ${typed}${separator} ${server.options(ports)}`;
}

/** Addresses that the documents print, with the ports of this run in them. */
export function withPorts(text: string, { edge, gpu, web }: Ports): string {
  const real = new Map([
    ['8787', edge],
    ['8080', gpu],
    ['9000', web],
  ]);
  const address = /\b(localhost|127\.0\.0\.1):(8787|8080|9000)\b|(?<=http\.server )(9000)\b/g;
  return text.replaceAll(address, (_all, host?: string, port?: string, alone?: string) =>
    alone === undefined ? `${host}:${real.get(port!)}` : String(real.get(alone)),
  );
}
