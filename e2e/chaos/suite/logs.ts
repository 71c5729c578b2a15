/** Reads what the daemons and Corosync log, and which of it nobody expects. */
import { join } from 'node:path';
import type { LabNode } from '../../lab/node.ts';
import { tail } from '../ledger.ts';

/**
 * Warnings and errors that faults bring about, each in the words of the daemon. What is not among
 * them fails a test, and so does every line that tells of a bug.
 */
const expected: readonly RegExp[] = [
  /n\d is (lost|held|unseen)/,
  /fencing (of )?n\d/,
  /test of fencing/,
  /there is no quorum/,
  /\b(monitor|probe|start|stop) of \S+ on n\d: /,
  /fence device \S+ does not answer/,
  /Corosync (does not run|is gone|went away|has gone)/i,
  /was fenced|is no longer part/,
  /this (view|part) may not act/,
  // Of a machine that is busy with other things.
  /(stalled|stood still) for [\d.]+ m?s/,
  /took [\d.]+ s of the [\d.]+ s that it may take/,
];

/** In whatever line they come. */
const bugs: readonly RegExp[] = [
  /unexpected error/i,
  /assert/i,
  /^\s+at .+:\d+/,
  /\b(TypeError|RangeError|ReferenceError)\b/,
  /digest/i,
  /Segmentation|core dumped/i,
];

const corosyncBugs = /\b(crit|emerg|alert)\b|FAILED TO RECEIVE|assert|segfault/;

/** Unexpected lines that were added since it was asked last; `[name]: line`. */
export function logReader(nodes: readonly LabNode[]): () => readonly string[] {
  const readers = nodes.flatMap((node) => {
    const inside = (path: string) => tail(join(node.directory, 'log', path));
    return [
      { name: node.name, lines: inside('holdfast/holdfastd.log'), isWrong: isUnexpected },
      {
        name: `${node.name} corosync`,
        lines: inside('corosync/corosync.log'),
        isWrong: (line: string) => corosyncBugs.test(line),
      },
    ];
  });
  return () =>
    readers.flatMap(({ name, lines, isWrong }) =>
      lines()
        .filter(isWrong)
        .map((line) => `${name}: ${line}`),
    );
}

export function isUnexpected(line: string): boolean {
  if (bugs.some((bug) => bug.test(line))) return true;
  const said = /^\S+ (?:warning|error): (.*)$/.exec(line)?.[1];
  return said !== undefined && !expected.some((known) => known.test(said));
}
