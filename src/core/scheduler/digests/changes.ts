/** What has changed about units since their operations ran. */
import type { Host, Unit } from '../world.ts';

/** What the comparison found for one unit; the actions follow from it. */
export interface Changes {
  /** It must stop and start anew, whichever operation had other parameters. */
  restart: string | undefined;
  /** Parameters changed that the agent can take over while running. */
  reload: Host | undefined;
  /** Recurring operations to run anew: `name interval host`. */
  readonly rerun: Set<string>;
  /** Recurring operations to end: not configured (any more), or in maintenance. */
  readonly cancel: CancelChange[];
  /** Where something of its present run was done with other parameters, or is not done any more. */
  readonly outdated: Set<Host>;
  /** History to delete because the agent is another one now. */
  readonly forget: Host[];
}

export interface CancelChange {
  readonly host: Host;
  readonly name: string;
  readonly intervalMs: number;
  readonly reason: string;
}

export const rerunKey = (name: string, intervalMs: number, host: Host): string =>
  `${name} ${intervalMs} ${host.index}`;

export type ChangeMap = Map<Unit, Changes>;

export function changesOf(changes: ChangeMap, unit: Unit): Changes {
  let found = changes.get(unit);
  if (found === undefined) {
    found = {
      restart: undefined,
      reload: undefined,
      rerun: new Set(),
      cancel: [],
      outdated: new Set(),
      forget: [],
    };
    changes.set(unit, found);
  }
  return found;
}
