/** The agents that are parts of Holdfast: known on each machine, whatever is installed there. */
import type { AgentKnowledge } from '../core/config/agents.ts';
import type { AgentName } from '../core/model/operation.ts';
import { commandDescription } from './command/description.ts';
import { containerDescription } from './container/description.ts';
import type { AgentDescription } from './description.ts';
import { vmDescription } from './vm/description.ts';

export const builtInAgents: readonly AgentDescription[] = [
  commandDescription,
  containerDescription,
  vmDescription,
];

/** Each is the only one of its class: `vm` and `vm:vm` are the same. */
export function builtInDescription(agent: AgentName): AgentDescription | undefined {
  if (agent.type !== '' && agent.type !== agent.class) return undefined;
  return builtInAgents.find((it) => it.agent.class === agent.class);
}

/** For a check away from the nodes: nothing is said of agents that may be installed there. */
export const builtInKnowledge: AgentKnowledge = {
  describe: (agent) =>
    builtInAgents.some((it) => it.agent.class === agent.class)
      ? builtInDescription(agent)
      : { parameters: [], parametersKnown: false },
};
