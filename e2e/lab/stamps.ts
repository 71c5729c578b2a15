import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Interval } from './timeline.ts';

/** One run of an OCF agent (tools/stamp.c) or of the lab's fence agent (tools/fence_lab.c). */
export type Stamp =
  | (Interval & {
      readonly kind: 'agent';
      /** Where it ran. */
      readonly node: string;
      readonly agent: string;
      readonly action: string;
      readonly resource: string;
      readonly code: number;
    })
  | (Interval & {
      readonly kind: 'fence';
      readonly node: string;
      readonly action: string;
      readonly target: string;
      readonly code: number;
    });

interface Stamped {
  readonly sharedDirectory: string;
}

/** All stamps of the lab so far, in the order in which the runs ended. */
export function readStamps(lab: Stamped): readonly Stamp[] {
  const file = stampsFile(lab);
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8').trimEnd().split('\n').map(parseStamp);
}

export function forgetStamps(lab: Stamped): void {
  rmSync(stampsFile(lab), { force: true });
}

const stampsFile = (lab: Stamped) => join(lab.sharedDirectory, 'stamps');

/** The times are read apart: nanoseconds may exceed what JSON.parse keeps exactly. */
function parseStamp(line: string): Stamp {
  const [, begin = '0', end = '0'] = /"beginNs":(\d+),"endNs":(\d+)/.exec(line) ?? [];
  const rest = JSON.parse(line) as Omit<Stamp, keyof Interval>;
  return { ...rest, beginNs: BigInt(begin), endNs: BigInt(end) } as Stamp;
}
