/** Wall clocks of nodes that can be set (tools/clock_lab.c). */
import { closeSync, copyFileSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { tool } from './toolchain.ts';

interface Shared {
  readonly sharedDirectory: string;
}

/** Where the machines see what is in the shared folder. */
const inside = '/run/lab';

/** Makes the clocks, all right. Before anything is started with `clockEnvironment`. */
export async function installClocks(lab: Shared, names: readonly string[]): Promise<void> {
  copyFileSync(await tool('clock_lab'), join(lab.sharedDirectory, 'clock_lab.so'));
  for (const name of names) writeFileSync(clockFile(lab, name), Buffer.alloc(8));
}

/** With this a program has the wall clock of that node. */
export function clockEnvironment(name: string): Readonly<Record<string, string>> {
  return { LD_PRELOAD: `${inside}/clock_lab.so`, LAB_CLOCK: `${inside}/clock-${name}` };
}

/** Steps the clock of all that run with it, at once; 0: right again. */
export function setClock(lab: Shared, name: string, offsetMs: number): void {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64LE(BigInt(offsetMs) * 1_000_000n);
  // Written in place: the file is mapped by those who read it.
  const file = openSync(clockFile(lab, name), 'r+');
  writeSync(file, bytes, 0, bytes.length, 0);
  closeSync(file);
}

const clockFile = ({ sharedDirectory }: Shared, name: string) =>
  join(sharedDirectory, `clock-${name}`);
