/**
 * Branded identifiers and times. A plain string or number becomes one only through the functions
 * here, so that a node's name cannot be passed where a resource's name is meant.
 */
declare const brand: unique symbol;
type Brand<T, B extends string> = T & { readonly [brand]: B };

/** A node's name: unique in the cluster, as in corosync.conf `nodelist.node.name`. */
export type NodeName = Brand<string, 'NodeName'>;
/** Corosync's number of a node, 1 … 2^32-1 (corosync.conf(5) `nodeid`). */
export type NodeNumber = Brand<number, 'NodeNumber'>;
/** A resource's id: primitive, group, clone or bundle. */
export type ResourceId = Brand<string, 'ResourceId'>;
/** A life of a daemon: boot id of the kernel, then the daemon's start. Opaque; compared only. */
export type Incarnation = Brand<string, 'Incarnation'>;
/** Milliseconds of a clock that never steps (CLOCK_BOOTTIME); comparable on one node only. */
export type MonotonicMs = Brand<number, 'MonotonicMs'>;
/** Milliseconds since 1970-01-01T00:00:00Z, may step. */
export type WallMs = Brand<number, 'WallMs'>;

export const nodeName = (name: string): NodeName => name as NodeName;
export const nodeNumber = (number: number): NodeNumber => number as NodeNumber;
export const resourceId = (id: string): ResourceId => id as ResourceId;
export const incarnation = (id: string): Incarnation => id as Incarnation;
export const monotonicMs = (ms: number): MonotonicMs => ms as MonotonicMs;
export const wallMs = (ms: number): WallMs => ms as WallMs;

/** Thrown for a bug, never for bad input: always on, in production too. */
export function assertNever(value: never): never {
  throw new Error(`a case is not handled: ${JSON.stringify(value)}`);
}
