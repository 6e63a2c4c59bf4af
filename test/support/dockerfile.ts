/** A Dockerfile as its steps, and what they say of the image of its last stage. */
export interface Dockerfile {
  /** Name and arguments. */
  readonly steps: readonly (readonly [name: string, rest: string])[];
  readonly stages: readonly string[];
  /** Variables of the last stage. */
  readonly environment: Readonly<Record<string, string>>;
  /** What the last stage takes from the project. */
  readonly copies: readonly { readonly from: string; readonly to: string }[];
  readonly user: string;
  readonly command: readonly string[];
  readonly healthCheck: readonly string[];
}

export function readDockerfile(text: string): Dockerfile {
  const steps = text
    .replaceAll(/^#.*\n/gm, '')
    .replaceAll(/\\\n/g, ' ')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const [, name, rest] = /^([A-Z]+)\s+(.*)$/.exec(line)!;
      return [name!, rest!.trim()] as const;
    });
  const last = steps.slice(steps.findLastIndex(([name]) => name === 'FROM'));
  const one = (name: string) => last.findLast(([step]) => step === name)?.[1] ?? '';
  const pairs = last
    .filter(([name]) => name === 'ENV')
    .flatMap(([, rest]) => rest.split(/\s+/).map((pair) => pair.split('=') as [string, string]));
  const copies = last
    .filter(([name, rest]) => name === 'COPY' && !rest.startsWith('--from='))
    .flatMap(([, rest]) => {
      const [to, ...from] = rest.split(/\s+/).reverse() as [string, ...string[]];
      return from.map((path) => ({ from: path, to: to === './' ? path : to }));
    });
  return {
    steps,
    stages: steps.flatMap(([name, rest]) =>
      name === 'FROM' ? (/ AS (\w+)$/.exec(rest)?.[1] ?? []) : [],
    ),
    environment: Object.fromEntries(pairs),
    copies,
    user: one('USER'),
    command: JSON.parse(one('CMD')),
    healthCheck: JSON.parse(/CMD (\[.*\])$/.exec(one('HEALTHCHECK'))![1]!),
  };
}
