/** What `docker compose up` does, as far as it goes without a container engine. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { chmodSync, chownSync, cpSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseEnv } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { readDockerfile } from '../../test/support/dockerfile.ts';
import { freePort } from '../../test/support/free-port.ts';
import { hasRedis } from '../../test/support/redis-server.ts';
import { tempFolder } from '../../test/support/temp-folder.ts';
import { readServiceSettings } from '../service/settings.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const read = (path: string) => readFileSync(join(root, path), 'utf8');

interface ComposeService {
  readonly environment: Readonly<Record<string, string>>;
  readonly command?: readonly string[];
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly [key: string]: unknown;
}
const { services } = parse(read('compose.yaml')) as { services: Record<string, ComposeService> };
const { unicell, redis, orthanc } = services as Record<
  'unicell' | 'redis' | 'orthanc',
  ComposeService
>;
const image = readDockerfile(read('src-gpu/deploy/Dockerfile'));

/** `.env` as docs/deploy.md has it filled in. */
const given = {
  ...parseEnv(read('.env.example')),
  REDIS_PASSWORD: 'a1b2c3',
  ORTHANC_PASSWORD: 'd4e5f6',
  API_KEYS: JSON.stringify([{ id: 'lab', sha256: 'a'.repeat(64), scopes: ['detect', 'jobs'] }]),
} as Record<string, string>;

/** `${NAME:-default}`, `${NAME:?message}` and `$$`, as Compose reads them. */
function filled(text: string): string {
  return text
    .replaceAll(/\$\{(\w+)(?::([-?])([^}]*))?\}/g, (_, name: string, kind?: string, other = '') => {
      const value = given[name] ?? '';
      if (value !== '') return value;
      if (kind === '?') throw new Error(`${name}: ${other}`);
      return other;
    })
    .replaceAll('$$', '$');
}

const filledAll = (values: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, filled(value)]));

describe('the files of Compose', () => {
  it('give the service settings that it takes', () => {
    const settings = readServiceSettings({
      ...image.environment,
      ...given,
      ...filledAll(unicell.environment),
    });
    expect(settings).toMatchObject({
      HOST: '0.0.0.0',
      SLIDE_FOLDERS: ['/slides'],
      DICOMWEB_ROOTS: ['http://orthanc:8042/dicom-web'],
    });
    const roots = Object.keys(JSON.parse(settings.DICOMWEB_CREDENTIALS!));
    expect(roots).toEqual(settings.DICOMWEB_ROOTS);
  });

  it('name in .env.example only what somebody reads', () => {
    const compose = read('compose.yaml');
    const settings = read('src-gpu/service/settings.ts');
    for (const name of Object.keys(parseEnv(read('.env.example')))) {
      const isRead = compose.includes(`\${${name}:`) || settings.includes(`  ${name}:`);
      expect(isRead, name).toBe(true);
    }
  });

  it('refuse to start without passwords', () => {
    const { REDIS_PASSWORD } = given;
    given.REDIS_PASSWORD = '';
    expect(() => filledAll(unicell.environment)).toThrow('REDIS_PASSWORD: set it in .env');
    given.REDIS_PASSWORD = REDIS_PASSWORD!;
  });

  it('open ports to this machine alone, and give nobody more than he needs', () => {
    for (const one of [unicell, redis, orthanc]) {
      for (const port of (one.ports ?? []) as string[]) expect(port).toMatch(/^127\.0\.0\.1:/);
      expect(one.security_opt).toEqual(['no-new-privileges:true']);
      expect(one.mem_limit).toBeDefined();
    }
    for (const one of [unicell, redis]) {
      expect(one).toMatchObject({ read_only: true, cap_drop: ['ALL'] });
    }
    expect(image.user).toMatch(/^[1-9]\d*:[1-9]\d*$/);
    expect(JSON.parse(filled(orthanc.environment.ORTHANC__REGISTERED_USERS!))).toEqual({
      unicell: given.ORTHANC_PASSWORD,
    });
  });

  it('lay CUDA over the CPU', () => {
    const over = parse(read('compose.cuda.yaml')).services.unicell;
    expect(unicell.build).toMatchObject({
      dockerfile: 'src-gpu/deploy/Dockerfile',
      args: { PROVIDER: 'cpu' },
    });
    expect(over.build.args.PROVIDER).toBe('cuda');
    expect(image.stages).toEqual(expect.arrayContaining(['cpu', 'cuda']));
  });
});

const isRoot = process.getuid?.() === 0;
const canRun = isRoot && hasRedis();
if (!canRun) {
  console.warn(
    'SKIPPED the image as its user: that needs root, to become the user, and redis-server.',
  );
}

describe.skipIf(!canRun)('what the image holds', () => {
  const place = tempFolder();
  const [uid, gid] = image.user.split(':').map(Number) as [number, number];
  const children: ChildProcess[] = [];
  let variables: Record<string, string>;
  let redisVariables: Record<string, string>;
  let redisPort: number;

  beforeAll(async () => {
    chmodSync(place, 0o755);
    for (const { from, to } of image.copies) {
      mkdirSync(dirname(join(place, 'app', to)), { recursive: true });
      cpSync(join(root, from), join(place, 'app', to), {
        recursive: true,
        filter: (path) => !/\.test\.ts$|\.pt$/.test(path),
      });
    }
    symlinkSync(join(root, 'node_modules'), join(place, 'app', 'node_modules'));
    for (const name of ['data', 'tmp', 'redis', 'slides']) {
      mkdirSync(join(place, name));
      chownSync(join(place, name), uid, gid);
    }
    redisPort = await freePort();
    const port = await freePort();
    const path = process.env.PATH!;
    redisVariables = { PATH: path, ...filledAll(redis.environment) };
    const command = filled(redis.command!.at(-1)!)
      .replace('/data', join(place, 'redis'))
      .replace('redis-server', `redis-server --port ${redisPort} --bind 127.0.0.1`);
    children.push(spawn('sh', ['-c', command], { env: redisVariables, uid, gid, stdio: 'ignore' }));
    variables = {
      PATH: path,
      ...image.environment,
      ...given,
      ...filledAll(unicell.environment),
      HOST: '127.0.0.1',
      PORT: String(port),
      DATA_FOLDER: join(place, 'data'),
      SLIDE_FOLDERS: join(place, 'slides'),
      TMPDIR: join(place, 'tmp'),
      HOME: join(place, 'data'),
      MIN_FREE_BYTES: '0',
    };
    variables.REDIS_URL = variables.REDIS_URL!.replace('redis:6379', `127.0.0.1:${redisPort}`);
  });
  afterAll(() => {
    for (const child of children) child.kill('SIGKILL');
  });

  it('has a Redis beside it that is healthy, and open to nobody without the password', async () => {
    const probe = redis.healthcheck!.test.at(-1)!.replace('redis-cli', `redis-cli -p ${redisPort}`);
    const check = (env: Record<string, string>) => spawnSync('sh', ['-c', probe], { env }).status;
    await expect.poll(() => check(redisVariables), { timeout: 20_000 }).toBe(0);
    expect(check({ ...redisVariables, REDISCLI_AUTH: 'wrong' })).not.toBe(0);
  });

  it('starts as its user, writes to its volume and /tmp alone, is healthy, and drains', async () => {
    const [program, ...rest] = image.command;
    expect(program).toBe('node');
    const options = { cwd: join(place, 'app'), env: variables, uid, gid } as const;
    const service = spawn(process.execPath, rest, {
      ...options,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    children.push(service);
    let log = '';
    for (const stream of [service.stdout, service.stderr]) {
      stream.on('data', (part) => {
        log += part;
      });
    }
    const probe = () => spawnSync(process.execPath, image.healthCheck.slice(1), options).status;
    await expect.poll(probe, { timeout: 100_000 }).toBe(0);
    const answer = await fetch(`http://127.0.0.1:${variables.PORT}/v1/models`);
    expect(answer.status).toBe(401);
    const written = spawnSync('find', [
      join(place, 'app'),
      '-newermt',
      '-1 minute',
      '-user',
      String(uid),
    ]);
    expect(String(written.stdout)).toBe('');
    const ended = new Promise((resolve) => service.once('exit', resolve));
    service.kill('SIGTERM');
    expect(await ended, log).toBe(0);
    expect(probe()).not.toBe(0);
  });
});
