import { type Examined, examine } from '../doctor/examine.ts';

const MARKS = { ok: 'ok     ', limited: 'limited', broken: 'BROKEN ' } as const;

/** What `unicell doctor` says, and whether something that is needed is broken. */
export interface Diagnosis {
  readonly text: string;
  readonly isBroken: boolean;
}

/** `unicell doctor`: what UniCell needs of this machine, and what to do where it is missing. */
export async function doctorCommand({ json }: { readonly json?: true }): Promise<Diagnosis> {
  const findings = await examine(process.env);
  const text = json ? JSON.stringify(findings, null, 2) : findings.map(lines).join('\n');
  return { text, isBroken: findings.some(({ status }) => status === 'broken') };
}

function lines({ id, status, detail, fix }: Examined): string {
  const indent = `\n${' '.repeat(23)}`;
  const advice = fix === undefined ? '' : `\n${fix}`;
  return `${MARKS[status]}  ${id.padEnd(12)}  ${`${detail}${advice}`.replaceAll('\n', indent)}`;
}
