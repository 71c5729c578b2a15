/** What commands set beside the configuration: standby, maintenance, moves. All shown, all with an end. */
import type { NodeName, ResourceId, WallMs } from '../model/ids.ts';

interface MarkCommon {
  readonly id: string;
  readonly by: string;
  readonly setAt: WallMs;
  /** Absent: until it is taken back (standby and evacuation of nodes only). */
  readonly expiresAt?: WallMs;
}

export type Mark =
  | (MarkCommon & { readonly kind: 'node-standby'; readonly node: NodeName })
  | (MarkCommon & {
      readonly kind: 'node-maintenance';
      readonly node: NodeName;
      /** Everything moves off first (evacuation.ts): `done` when the node is empty. Absent: it stays. */
      readonly evacuation?: 'wanted' | 'done';
    })
  | (MarkCommon & { readonly kind: 'resource-maintenance'; readonly resource: ResourceId })
  /** `resource start`, `resource stop`: over the configured target-role. */
  | (MarkCommon & {
      readonly kind: 'target-role';
      readonly resource: ResourceId;
      readonly role: 'Started' | 'Stopped';
    })
  /** `resource move R N`: R prefers N with infinity; without N it is banned from where it runs. */
  | (MarkCommon & {
      readonly kind: 'move';
      readonly resource: ResourceId;
      readonly to?: NodeName;
      readonly away?: NodeName;
    })
  /**
   * `resource restart`: stop where it runs once, then start again, there if that is possible; ends
   * by itself when it runs again. `returnTo` and `stopped` are filled in as it goes.
   */
  | (MarkCommon & {
      readonly kind: 'restart';
      readonly resource: ResourceId;
      readonly returnTo?: NodeName;
      readonly stopped?: boolean;
    })
  /** A permanent attribute that an agent has set: over the configured one of this name. */
  | (MarkCommon & {
      readonly kind: 'node-attribute';
      readonly node: NodeName;
      readonly name: string;
      readonly value: string;
    })
  /** What an agent notes for all nodes (a replication position). It decides nothing. */
  | (MarkCommon & {
      readonly kind: 'cluster-attribute';
      readonly name: string;
      readonly value: string;
    });

/** By id, which says what it marks: a second mark of the same thing replaces the first. */
export type Marks = Readonly<Record<string, Mark>>;

/** Nothing of the cluster is to be on the node. */
export const emptiesNode = (mark: Mark, node: NodeName): boolean =>
  (mark.kind === 'node-standby' ||
    (mark.kind === 'node-maintenance' && mark.evacuation !== undefined)) &&
  mark.node === node;

/** What is on the node, or comes there by hand, is left alone. */
export const leavesNodeAlone = (mark: Mark, node: NodeName): boolean =>
  mark.kind === 'node-maintenance' && mark.evacuation !== 'wanted' && mark.node === node;
