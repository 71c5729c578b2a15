import type { EventView, StatusView } from '../../src/core/view/types.ts';
import type { PatientClient } from '../lab/client.ts';
import type { Measured } from '../lab/measure.ts';
import type { Answer } from '../lab/outages.ts';
import type { FailoverParts } from '../lab/timeline.ts';
import type { Screen } from './screen.ts';

/** A story that can be told, and what is left to do with its stage afterwards. */
export interface Performance extends Pick<Stage, 'lookInside' | 'keepLogs' | 'close'> {
  readonly tell: (screen: Screen) => Promise<unknown>;
}

/** What the story is told on: a cluster that can be struck, and a client that watches it. */
export interface Stage {
  /** What was built, as one paragraph. */
  readonly built: string;
  readonly nodes: readonly string[];
  /** The configuration that it applies: what it is called, and its text. */
  readonly configuration: { readonly name: string; readonly text: string };
  /** The resource that moves as a whole, and the name of its server process. */
  readonly service: string;
  readonly serverProcess: string;
  /** How the client asks: `http://10.77.0.200/ every 10 ms`. */
  readonly clientSays: string;
  /** What the loss of a node looks like, as the end of a sentence. */
  readonly nodeLoss: string;
  /** Commands that show the cluster from another terminal. */
  readonly lookInside: readonly string[];

  readonly apply: () => Promise<void>;
  /** What `holdfast fence test` says of all nodes; undefined where nobody is fenced for real. */
  readonly rehearse: (() => Promise<string>) | undefined;
  readonly status: () => Promise<StatusView>;
  /** The status screen as `holdfast status` shows it. */
  readonly screen: () => Promise<string>;
  /** Events of the cluster's history with a number above `after`. */
  readonly events: (after: number) => Promise<readonly EventView[]>;
  readonly answers: () => readonly Answer[];
  /** Tells whether a request was lost. */
  readonly patient: PatientClient;
  /** Waits until the service answers and the cluster is at rest with all nodes that are on. */
  readonly rest: () => Promise<StatusView>;

  readonly killServer: (node: string) => Promise<Measured>;
  /** Answers how many ms until a new daemon is at work. */
  readonly killDaemon: (node: string) => Promise<number>;
  readonly killNode: (node: string) => Promise<Measured>;
  readonly bootNode: (node: string) => Promise<void>;
  readonly move: (to: string) => Promise<FailoverParts>;
  /** Puts the logs of all nodes where they outlive the stage. */
  readonly keepLogs: (directory: string) => void;
  /** Ends everything; may be called twice, also while something else is under way. */
  readonly close: () => Promise<void>;
}
