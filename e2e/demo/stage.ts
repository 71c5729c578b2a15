import type { EventView, StatusView } from '../../src/core/view/types.ts';
import type { Answer, Outage } from '../lab/outages.ts';
import type { FailoverParts } from '../lab/timeline.ts';

/** What the story is told on: a cluster that can be struck, and a client that watches it. */
export interface Stage {
  /** Sentences about what was built. */
  readonly built: readonly string[];
  readonly nodes: readonly string[];
  /** The configuration that it applies, as a path in the checkout. */
  readonly configuration: string;
  /** The resource that moves as a whole, and the name of its server process. */
  readonly service: string;
  readonly serverProcess: string;
  /** How the client asks: `http://10.77.0.200/ every 10 ms`. */
  readonly clientSays: string;
  /** Commands that show the cluster from another terminal. */
  readonly lookInside: readonly string[];

  readonly apply: () => Promise<void>;
  readonly status: () => Promise<StatusView>;
  /** The status screen as `holdfast status` shows it. */
  readonly screen: () => Promise<string>;
  /** Events of the cluster's history with a number above `after`. */
  readonly events: (after: number) => Promise<readonly EventView[]>;
  readonly answers: () => readonly Answer[];
  readonly outages: () => readonly Outage[];
  /** Waits until the service answers and the cluster is at rest with all nodes that are on. */
  readonly rest: () => Promise<StatusView>;

  readonly killServer: (node: string) => Promise<FailoverParts>;
  /** Answers how many ms until a new daemon is at work. */
  readonly killDaemon: (node: string) => Promise<number>;
  readonly killNode: (node: string) => Promise<FailoverParts>;
  readonly bootNode: (node: string) => Promise<void>;
  /** Answers for how many ms the service was away. */
  readonly move: (to: string) => Promise<number>;
  readonly close: () => Promise<void>;
}
