/** What a steady cluster must not say, and how near it came to that. */
import type { EventView } from '../../src/core/view/types.ts';

export interface SteadyReport {
  /** How long the machine was to be busy. */
  readonly forMs: number;
  /** How long it was. */
  readonly lastedMs: number;
  readonly hogs: number;
  readonly resources: number;
  /** The daemons ran under the real-time scheduler, as their unit says. */
  readonly scheduled: boolean;
  /** Mean load of the machine at the end (1 minute). */
  readonly load: number;
  /** Changes of the membership that votequorum told any node. */
  readonly membershipChanges: number;
  /** What was asked of the power switch beside looking. */
  readonly fencingRequests: readonly string[];
  /** Nodes that were anything but online, resources that did not run, failures: as statuses told. */
  readonly troubles: readonly string[];
  /** Of the cluster's own story: what ended badly or was given up. */
  readonly badEvents: readonly string[];
  readonly daemonRestarts: number;
  /** Warnings on the status, each once: monitors that are slow, nodes that stood still. */
  readonly warnings: readonly string[];
  /** Longest time that a daemon's loop stood still, and that a status took to be answered. */
  readonly loopBlockMaxMs: number;
  readonly statusMaxMs: number;
  readonly statuses: number;
  readonly statusesMissed: number;
}

export const isBadEvent = ({ severity, kind, outcome }: EventView): boolean =>
  severity === 'error' || kind === 'fencing' || (outcome !== undefined && outcome !== 'ok');

/** Sentences; none: nothing false was said. */
export function violations(report: SteadyReport): readonly string[] {
  const { membershipChanges, fencingRequests, troubles, badEvents, daemonRestarts } = report;
  return [
    ...(membershipChanges === 0 ? [] : [`the membership changed ${membershipChanges} times`]),
    ...fencingRequests.map((request) => `the power switch was asked: ${request}`),
    ...troubles.map((trouble) => `seen: ${trouble}`),
    ...badEvents.map((event) => `told: ${event}`),
    ...(daemonRestarts === 0 ? [] : [`${daemonRestarts} daemons ended`]),
    ...(report.statuses === 0 ? ['no status was answered'] : []),
  ];
}

/** Broken off before its time it shows nothing, for good or ill. */
export const isWhole = ({ forMs, lastedMs }: SteadyReport): boolean => lastedMs >= forMs;

/** For a bench: how much false was said, and in how long. */
export const figures = (report: SteadyReport) => [
  { name: 'steady-false', unit: 'sentences', value: violations(report).length },
  { name: 'steady-minutes', unit: 'minutes', value: Math.floor(report.lastedMs / 6000) / 10 },
];

export function reportText(report: SteadyReport): string {
  const wrong = violations(report);
  return [
    `${Math.round(report.lastedMs / 1000)} s, ${report.hogs} hogs, ${report.resources} resources, load ${report.load.toFixed(1)}`,
    ...(report.scheduled ? [] : ['real-time scheduling is not allowed here']),
    `membership changes ${report.membershipChanges}, fencing ${report.fencingRequests.length}, ` +
      `bad events ${report.badEvents.length}, daemons ended ${report.daemonRestarts}`,
    `longest block of a daemon's loop ${report.loopBlockMaxMs} ms; ${report.statuses} statuses, the slowest ` +
      `in ${report.statusMaxMs} ms, ${report.statusesMissed} not answered in time`,
    ...report.warnings.map((text) => `warned: ${text}`),
    wrong.length === 0 ? 'nothing false was said' : `FALSE: ${wrong.join('\n       ')}`,
    ...figures(report).map(({ name, value }) => `${name}: ${value}`),
    ...(isWhole(report) ? [] : ['broken off before its time']),
  ].join('\n');
}
