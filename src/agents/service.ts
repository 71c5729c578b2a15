/** Class `service`: whichever of systemd and init scripts has the name; systemd first. */
import type { AgentHost, RunOperation } from './host.ts';

export function createServiceRunner(
  host: AgentHost,
  systemd: RunOperation,
  lsb: RunOperation,
): RunOperation {
  return async (operation) => {
    const unit = operation.request.agent.type;
    const known =
      host.systemd !== undefined && (await host.systemd.state(unit)).load !== 'not-found';
    return (known ? systemd : lsb)(operation);
  };
}
