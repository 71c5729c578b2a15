/** What a machine's programs wrote last: beside an error, for whoever sees nothing but the error. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const logs = ['log/holdfast/holdfastd.log', 'log/corosync/stdio.log', 'log/corosync/corosync.log'];
const linesMax = 8;
const columnsMax = 240;

/** The end of each log that is in this folder of a machine; empty where there is none. */
export function lastWords(directory: string): string {
  return logs.flatMap((log) => ending(directory, log)).join('\n');
}

function ending(directory: string, log: string): readonly string[] {
  let text: string;
  try {
    text = readFileSync(join(directory, log), 'utf8');
  } catch {
    return [];
  }
  const lines = text.trimEnd().split('\n').slice(-linesMax);
  return [`the end of ${log}:`, ...lines.map((line) => `  ${line.slice(0, columnsMax)}`)];
}

/** Who keeps this whole host busy, and how it is scheduled: a machine may be starved by another. */
export function busiest(): string {
  const columns = 'pid,cls,rtprio,stat,pcpu,time,wchan:20,args';
  try {
    const table = execFileSync('ps', ['-eLo', columns, '--sort=-pcpu'], { encoding: 'utf8' });
    const lines = table.split('\n').slice(0, linesMax);
    return ['the busiest threads:', ...lines.map((line) => `  ${line.slice(0, 120)}`)].join('\n');
  } catch (error) {
    return `the busiest threads are not known: ${String(error)}`;
  }
}
