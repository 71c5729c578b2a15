/** The engine's word on quorum: what is true of it, and what a node of two is told. */
import type { EngineEvent } from '../core/model/engine.ts';
import type { NodeInput } from '../core/node/types.ts';
import type { Machine } from './machine.ts';

/** What is true, for the checks. */
export function hearQuorum(machine: Machine, event: EngineEvent): void {
  if (event.kind === 'engine-quorum') machine.hasQuorum = event.quorate;
  if (event.kind === 'engine-lost') machine.hasQuorum = false;
}

/** As Corosync says it with `wait_for_all: 0`: the node itself has to find out what is true. */
export function withoutWaitForAll(input: NodeInput, machines: readonly Machine[]): NodeInput {
  if (input.kind !== 'engine' || input.event.kind !== 'engine-quorum') return input;
  const { event } = input;
  const absent = machines.map(({ name }) => name).filter((name) => !event.nodes.includes(name));
  return {
    kind: 'engine',
    event: { ...event, quorate: true, unseen: event.quorate ? [] : absent },
  };
}
