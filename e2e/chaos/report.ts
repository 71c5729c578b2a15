/** What is said at the end of chaos: figures, and where to look when something was wrong. */
import type { Outage } from '../lab/outages.ts';
import { milliseconds } from '../lab/outages.ts';
import type { FaultKind } from './plan.ts';
import type { Outcome } from './run.ts';

export interface Distribution {
  readonly count: number;
  readonly median: number;
  readonly p95: number;
  readonly max: number;
}

export interface ChaosFigure extends Partial<Distribution> {
  readonly name: string;
  readonly unit: string;
  readonly value: number;
}

/** Nearest rank; all 0 when there is nothing. Whole numbers. */
export function distribution(values: readonly number[]): Distribution {
  const ordered = [...values].sort((a, b) => a - b);
  const rank = (share: number) =>
    Math.round(ordered[Math.max(0, Math.ceil(share * ordered.length) - 1)] ?? 0);
  return { count: ordered.length, median: rank(0.5), p95: rank(0.95), max: rank(1) };
}

/** Those with a distribution have the median as their value. */
export function figures(outcome: Outcome, away: readonly Outage[]): readonly ChaosFigure[] {
  const during = outcome.faults.filter((fault) => fault.during).length;
  const recovery = distribution(outcome.recoveriesMs);
  const absence = distribution(
    away.flatMap(({ beginNs, endNs }) =>
      endNs === undefined ? [] : [milliseconds(beginNs, endNs)],
    ),
  );
  const wrong = outcome.violations.length + (outcome.notConverged === undefined ? 0 : 1);
  return [
    { name: 'chaos-faults', unit: 'faults', value: outcome.faults.length },
    { name: 'chaos-faults-in-transition', unit: 'faults', value: during },
    {
      name: 'chaos-kinds-least',
      unit: 'faults',
      value: Math.min(...Object.values(byKind(outcome))),
    },
    { name: 'chaos-violations', unit: 'violations', value: wrong },
    { name: 'chaos-recovery-ms', unit: 'ms', value: recovery.median, ...recovery },
    { name: 'chaos-away-ms', unit: 'ms', value: absence.median, ...absence },
  ];
}

/** Of all that could be struck in this cluster. */
export function byKind({ kinds, faults }: Outcome): Readonly<Partial<Record<FaultKind, number>>> {
  const times = (wanted: FaultKind) => faults.filter(({ kind }) => kind === wanted).length;
  return Object.fromEntries(kinds.map((kind) => [kind, times(kind)]));
}

/** For people. */
export function reportText(outcome: Outcome, away: readonly Outage[]): string {
  const kinds = Object.entries(byKind(outcome)).map(([kind, count]) => `${kind} ${String(count)}`);
  const lines = figures(outcome, away).map(({ name, value, count, p95, max }) =>
    count === undefined
      ? `${name}: ${String(value)}`
      : `${name}: median ${String(value)}, p95 ${String(p95)}, max ${String(max)} (${String(count)} times)`,
  );
  return [
    `faults by kind: ${kinds.join(', ')}`,
    ...lines,
    `${String(outcome.rounds)} rounds; ${String(outcome.records)} records by ${String(outcome.holders)} holders; ${String(outcome.acknowledged)} changes acknowledged; ${String(outcome.resets)} machines reset themselves`,
    ...outcome.violations.map((text) => `VIOLATION: ${text}`),
    ...(outcome.notConverged === undefined ? [] : [`NOT CONVERGED: ${outcome.notConverged}`]),
  ].join('\n');
}
