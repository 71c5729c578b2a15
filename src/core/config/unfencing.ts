/**
 * Which fence devices give nodes access: what the configuration says, else what the agents say of
 * themselves (FenceAgentAPI, "Agent Operations and Metadata": `automatic`, `on_target`).
 */
import type { Configuration, FenceDevice } from '../model/configuration.ts';
import type { AgentKnowledge } from './agents.ts';

/** As applied: with what was learnt, so that nobody has to ask an agent again. */
export function withUnfencing(
  configuration: Configuration,
  knowledge: AgentKnowledge,
): Configuration {
  const fenceDevices = configuration.fenceDevices.map((device) => learnt(device, knowledge));
  return { ...configuration, fenceDevices };
}

function learnt(device: FenceDevice, { describe }: AgentKnowledge): FenceDevice {
  if (device.unfencing !== undefined) return device;
  const operations = describe({ class: 'stonith', type: device.agent })?.operations ?? [];
  const on = operations.find(({ name, automatic }) => name === 'on' && automatic === true);
  if (on === undefined) return device;
  return { ...device, unfencing: on.onTarget === true ? 'own-node' : 'any-node' };
}
