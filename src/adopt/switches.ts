/** Switches off what would start something behind the cluster's back, and on again at its release. */
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Switch } from './found.ts';
import { ask } from './run.ts';

/** What was switched off for a resource, so that `release` can undo that and nothing else. */
export interface Record {
  readonly resource: string;
  readonly switches: readonly Switch[];
}

export interface Places {
  /** Where records are: `/var/lib/holdfast/adopted`, as a rule. */
  readonly records: string;
  /** `/etc/systemd/system` */
  readonly units: string;
}

/** `directory`: where the daemon keeps its state. */
export const placesIn = (directory: string): Places => ({
  records: join(directory, 'adopted'),
  units: '/etc/systemd/system',
});

/** Of a unit that runs nothing stops with it, and nothing starts by it (systemd.service(5)). */
const dropIn = `# Written by holdfast adopt; holdfast release removes it.
[Unit]
ConditionPathExists=/run/holdfast/started-by-systemd
[Service]
Restart=no
ExecStop=
ExecStopPost=
KillMode=none
`;
const FILE = '50-holdfast.conf';

/** The record is written first: what was switched off is known even if this ends half-way. */
export async function switchOff(record: Record, places: Places): Promise<string[]> {
  mkdirSync(places.records, { recursive: true, mode: 0o700 });
  const text = `${JSON.stringify(record, undefined, 2)}\n`;
  writeFileSync(join(places.records, fileName(record.resource)), text, { mode: 0o600 });
  const problems: string[] = [];
  for (const one of record.switches) {
    const problem = one.kind === 'unit' ? take(one.unit, places) : await command(one.off);
    if (problem !== undefined) problems.push(`${one.what} is still on: ${problem}`);
  }
  if (record.switches.some(({ kind }) => kind === 'unit'))
    await ask('systemctl', ['daemon-reload']);
  return problems;
}

export interface SwitchedOn {
  readonly switches: readonly Switch[];
  readonly problems: readonly string[];
}

/** Undefined: nothing was ever switched off for it on this node. */
export async function switchOn(resource: string, places: Places): Promise<SwitchedOn | undefined> {
  const record = readRecord(resource, places);
  if (record === undefined) return undefined;
  const problems: string[] = [];
  const others = recordsBut(resource, places);
  for (const one of record.switches) {
    if (others.some((other) => sameSwitch(one, other))) continue;
    const problem = one.kind === 'unit' ? give(one.unit, places) : await command(one.on);
    if (problem !== undefined) problems.push(`${one.what} is still off: ${problem}`);
  }
  if (record.switches.some(({ kind }) => kind === 'unit'))
    await ask('systemctl', ['daemon-reload']);
  if (problems.length === 0) rmSync(join(places.records, fileName(resource)), { force: true });
  return { switches: record.switches, problems };
}

const sameSwitch = (one: Switch, other: Switch): boolean => one.what === other.what;

function take(unit: string, { units }: Places): string | undefined {
  try {
    mkdirSync(join(units, `${unit}.d`), { recursive: true });
    writeFileSync(join(units, `${unit}.d`, FILE), dropIn);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

function give(unit: string, { units }: Places): string | undefined {
  try {
    rmSync(join(units, `${unit}.d`, FILE), { force: true });
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

async function command([program, ...words]: readonly [string, ...string[]]) {
  const ran = await ask(program, words);
  if (ran.kind === 'done') return undefined;
  return ran.kind === 'missing' ? `${program} is not there` : ran.reason;
}

const fileName = (resource: string): string => `${encodeURIComponent(resource)}.json`;

function readRecord(resource: string, { records }: Places): Record | undefined {
  try {
    return JSON.parse(readFileSync(join(records, fileName(resource)), 'utf8')) as Record;
  } catch {
    return undefined;
  }
}

/** What others were adopted with: a switch for all of the node stays off as long as one needs it. */
function recordsBut(resource: string, places: Places): readonly Switch[] {
  return switchedOff(places)
    .filter((one) => one !== resource)
    .flatMap((one) => readRecord(one, places)?.switches ?? []);
}

/** Resources for which something is off on this node. */
export function switchedOff({ records }: Places): readonly string[] {
  if (!existsSync(records)) return [];
  return readdirSync(records)
    .filter((name) => name.endsWith('.json'))
    .map((name) => decodeURIComponent(name.slice(0, -5)));
}
