/**
 * `two_node` forces `wait_for_all` here, also where corosync.conf takes it back (`wait_for_all: 0`): a
 * node whose Corosync has started is not quorate before both were in one membership once. Else a node
 * that boots while the network is down would fence the healthy other one (docs/decisions/wait-for-all.md).
 */
import type { EngineConfiguration, EngineEvent } from '../model/engine.ts';
import { waitsHere } from '../model/engine.ts';

/** What the engine says, as this node takes it: "quorate" counts only when all were seen. */
export function heedWaitForAll(
  { nodes, quorumOptions }: EngineConfiguration,
  event: EngineEvent,
): EngineEvent {
  if (event.kind !== 'engine-quorum' || !event.quorate || !waitsHere(quorumOptions)) return event;
  const unseen = event.unseen ?? nodes.map(({ node }) => node);
  const isMissing = unseen.some((node) => !event.nodes.includes(node));
  return isMissing ? { ...event, quorate: false } : event;
}
