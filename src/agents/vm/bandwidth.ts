/**
 * `migration-bandwidth`: what a node's migrations may take of its network together. Each of those under
 * way has an equal share, which grows and shrinks as others end and begin.
 */
import type { AgentHost } from '../host.ts';
import { bandwidthOf } from './migration.ts';
import type { MigrationSettings } from './settings.ts';

/** In bytes per second; undefined: as fast as it goes. */
export type Bandwidth = number | undefined;

export interface BandwidthShare {
  readonly now: () => Bandwidth;
  /** Calls back whenever it may be another one; never with an operation that has ended. */
  follow(apply: (bandwidth: Bandwidth) => void): void;
  end(): void;
}

interface Taker {
  readonly now: () => Bandwidth;
  apply: (bandwidth: Bandwidth) => void;
}

/** What this daemon sends away just now. */
const takers = new Set<Taker>();

/** No more than the machine's own limit, whatever others leave. */
export function takeShare(
  { migrationBandwidth }: Pick<AgentHost, 'migrationBandwidth'>,
  settings: MigrationSettings,
): BandwidthShare {
  const now = (): Bandwidth => {
    const all = migrationBandwidth?.();
    const share = all === undefined ? Infinity : Math.max(1, Math.floor(all / takers.size));
    const least = Math.min(share, bandwidthOf(settings) ?? Infinity);
    return least === Infinity ? undefined : least;
  };
  const taker: Taker = { now, apply: () => undefined };
  takers.add(taker);
  tellAll();
  return {
    now,
    follow: (apply) => void (taker.apply = apply),
    end: () => {
      takers.delete(taker);
      tellAll();
    },
  };
}

function tellAll(): void {
  for (const { now, apply } of takers) apply(now());
}
