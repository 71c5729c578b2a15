/** The way into the store, for everybody's commands. */
import type { Command } from '../cluster/commands.ts';
import { isDurable } from '../cluster/commands.ts';
import { step as stepReplica } from '../store/replica.ts';
import type { StoreInput } from '../store/types.ts';
import { takeAnswers } from './answers.ts';
import type { NodeState, Step } from './state.ts';
import type { NodeClocks } from './types.ts';

/** Gives one input to the store and takes what comes out of it. */
export function give(node: NodeState, input: StoreInput<Command>, clocks: NodeClocks): Step {
  const { replica, outputs } = stepReplica(node.replica, input, clocks);
  const next: NodeState = { ...node, replica, cluster: replica.state, view: replica.view };
  return takeAnswers(next, outputs);
}

export function submit(node: NodeState, command: Command, tag: string, clocks: NodeClocks): Step {
  return give(node, { kind: 'submit', command, durable: isDurable(command), tag }, clocks);
}
