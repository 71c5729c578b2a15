/** What nodes say of themselves by attributes, in words; the state tells it and the status shows it. */
import { CLOCK_ATTRIBUTE, SLOW_PREFIX } from './attributes.ts';

interface Speaker {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
}

/** `n2 stalled for 14.2 s`; undefined for a value that is none. */
export function stallWords(node: string, value: string): string | undefined {
  const [, times = '', ms = ''] = /^\d+ (\d+) (\d+)$/.exec(value) ?? [];
  if (ms === '') return undefined;
  const seconds = secondsText(Number(ms));
  return times === '1'
    ? `${node} stalled for ${seconds}`
    : `${node} stalled ${times} times, for ${seconds} at most`;
}

/** With such a difference one of two clocks is wrong, and nobody knows which. */
export const CLOCK_WRONG_MS = 60_000;

export interface ClockDifference {
  readonly to: string;
  readonly aheadMs: number;
}

export function clockDifference({
  attributes,
}: Pick<Speaker, 'attributes'>): ClockDifference | undefined {
  const value = attributes[CLOCK_ATTRIBUTE] ?? '';
  const [, to = '', ms = ''] = /^(\S+) (-?\d+)$/.exec(value) ?? [];
  return to === '' ? undefined : { to, aheadMs: Number(ms) };
}

/** `the clock of n2 is 1.4 s ahead of that of n1`. */
export function clockWords(node: string, { to, aheadMs }: ClockDifference): string {
  const seconds = secondsText(Math.abs(aheadMs));
  return `the clock of ${node} is ${seconds} ${aheadMs > 0 ? 'ahead of' : 'behind'} that of ${to}`;
}

/** 0: none is known, 1: it is to be mended, 2: one of the clocks is wrong. */
export function clockRank(difference: ClockDifference | undefined): number {
  if (difference === undefined) return 0;
  return Math.abs(difference.aheadMs) < CLOCK_WRONG_MS ? 1 : 2;
}

/** Half of the members have quite another time than the DC: nothing ends by its clock. */
export function isTimeDoubtful(
  nodes: readonly (Pick<Speaker, 'attributes'> & { readonly condition: string })[],
): boolean {
  const online = nodes.filter((node) => node.condition === 'online');
  const others = online.filter((node) => clockRank(clockDifference(node)) === 2);
  return others.length > 0 && 2 * others.length >= online.length;
}

export interface SlowMonitor {
  readonly resource: string;
  /** `monitor of web on n2 took 8.1 s of the 10.0 s that it may take (usually 0.2 s)`. */
  readonly words: string;
}

export function slowMonitors({ name, attributes }: Speaker): readonly SlowMonitor[] {
  return Object.keys(attributes)
    .sort()
    .flatMap((attribute) => {
      if (!attribute.startsWith(SLOW_PREFIX)) return [];
      const resource = attribute.slice(SLOW_PREFIX.length);
      const [, took = '', may = '', usual = ''] =
        /^(\d+) (\d+) (\d*)$/.exec(attributes[attribute] ?? '') ?? [];
      if (may === '') return [];
      const usually = usual === '' ? '' : ` (usually ${secondsText(Number(usual))})`;
      const limit = `${secondsText(Number(took))} of the ${secondsText(Number(may))} that it may take`;
      const words = `monitor of ${resource} on ${name} took ${limit}${usually}`;
      return [{ resource, words }];
    });
}

function secondsText(ms: number): string {
  const tenths = Math.round(ms / 100);
  return `${Math.floor(tenths / 10)}.${tenths % 10} s`;
}
