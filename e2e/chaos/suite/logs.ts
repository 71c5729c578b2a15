/** Reads what the daemons and Corosync log, and which of it a test's own faults do not explain. */
import { join } from 'node:path';
import type { LabNode } from '../../lab/node.ts';
import { tail } from '../ledger.ts';

/**
 * What faults bring about, each in the words of the daemon. A test names those of its own
 * (catalogue.ts); every other warning and error fails it, and so does every line that tells of a bug.
 */
export const told = {
  lost: /^n\d is lost \(unclean\): /,
  held: /^n\d is held \(its daemon is away\): /,
  /** Of the last of those who leave together: without quorum nobody puts it down that it has left. */
  leftUnheard:
    /^n\d is held \(its daemon is away\): (it has left as it was asked to|its daemon was stopped);/,
  fencingTest: /test of fencing/,
  fencing: /^fencing (of )?n\d (\(\w+\) )?by power( from n\d: |$| is confirmed)/,
  noQuorum: /^there is no quorum: /,
  /** The death of this primitive was found by looking. */
  found: (primitive: string) => new RegExp(`^monitor of ${primitive} on n\\d: not running`),
  /** Whoever carried it out was killed. */
  cutShort: /^(monitor|start|stop) of \S+ on n\d: (error|not running)/,
} as const;

/** Of a machine that is busy with other things. */
const always: readonly RegExp[] = [
  /(stalled|stood still) for [\d.]+ m?s/,
  /took [\d.]+ s of the [\d.]+ s that it may take/,
];

/** A daemon that joins tells what it missed: whoever was there said it when it happened. */
const missed = / \(at \S+, before this daemon\)$/;

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

/** Lines that were added since it was asked last and that nobody expects; `[name]: line`. */
export type LogReader = (expected: readonly RegExp[]) => readonly string[];

export function logReader(nodes: readonly LabNode[]): LogReader {
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
  return (expected) =>
    readers.flatMap(({ name, lines, isWrong }) =>
      lines()
        .filter((line) => isWrong(line, expected))
        .map((line) => `${name}: ${line}`),
    );
}

/** `expected`: what the faults of this test bring about, beside what a busy machine says. */
export function isUnexpected(line: string, expected: readonly RegExp[]): boolean {
  if (bugs.some((bug) => bug.test(line))) return true;
  const said = /^\S+ (?:warning|error): (.*)$/.exec(line)?.[1];
  if (said === undefined || missed.test(said)) return false;
  return ![...always, ...expected].some((known) => known.test(said));
}
