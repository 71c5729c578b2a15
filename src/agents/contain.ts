/**
 * The operation `contain`: ends a service by killing all of its processes, and says what was seen.
 * What that proves is not decided here (core/cluster/containment.ts).
 */
import type { AgentHost, Ended, Operation, RunOperation } from './host.ts';
import { exitedWith } from './ocf/outcome.ts';
import type { Containment } from '../core/model/operation.ts';
import { OCF } from '../core/model/operation.ts';
import { killUnit } from './systemd/run.ts';

/** Not gone so long after SIGKILL: left. */
const killWaitMs = 5000;

/** Where a service's processes are. */
interface Place {
  /** `isWhole`: all that there ever was of the service is here. */
  look(): Promise<{ readonly isWhole: boolean; readonly processes: readonly number[] }>;
  kill(): Promise<void>;
}

/** May throw, as every operation. */
export async function contain(
  host: AgentHost,
  run: RunOperation,
  operation: Operation,
): Promise<Ended> {
  await host.leftoversEnded;
  const place = placeOf(host, operation);
  if (place === undefined) return ended('this node has no cgroups: nothing is known of processes');
  const before = await place.look();
  await place.kill();
  const { processes: left } = await place.look();
  const seen: Containment = { isWhole: before.isWhole, found: before.processes.length, left };
  if (left.length > 0) return { ...ended('something is left'), containment: seen };
  const asked = await askMonitor(run, operation);
  const monitor = asked.outcome;
  const containment = { ...seen, left: (await place.look()).processes, monitor };
  return { outcome: exitedWith(OCF.ok), output: asked.output, containment };
}

/** What was killed is a zombie until init has taken note of it: `kill -0` still finds it. */
const pausesMs: readonly number[] = [0, 100, 400];

/** The last answer; the first that says that it does not run is enough. */
async function askMonitor(run: RunOperation, operation: Operation): Promise<Ended> {
  let answer: Ended = ended('nobody was asked');
  for (const [index, pauseMs] of pausesMs.entries()) {
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
    const operationId = `${operation.request.operationId}-monitor-${String(index)}`;
    const asked = { ...operation.request, operationId, operation: 'monitor', intervalMs: 0 };
    answer = await run({ ...operation, request: asked });
    const { outcome } = answer;
    if (outcome.kind !== 'exited' || outcome.exitCode === OCF.notRunning) return answer;
  }
  return answer;
}

const ended = (reason: string): Ended => ({
  outcome: exitedWith(OCF.error, reason),
  output: '',
});

function placeOf(host: AgentHost, { request }: Operation): Place | undefined {
  const { agent, resource } = request;
  if (agent.class === 'systemd') return host.systemd && unitPlace(host.systemd, agent.type);
  return host.cgroups && cgroupPlace(host.cgroups, resource);
}

function unitPlace(systemd: NonNullable<AgentHost['systemd']>, unit: string): Place {
  return {
    look: () => systemd.processes(unit),
    kill: async () => void (await killUnit(systemd, unit)),
  };
}

/** Only what its own start has left in its cgroup is known to be the service. */
function cgroupPlace(cgroups: NonNullable<AgentHost['cgroups']>, resource: string): Place {
  return {
    look: () =>
      Promise.resolve({
        isWhole: cgroups.started(resource).length > 0,
        processes: cgroups.processes(resource),
      }),
    kill: async () => {
      const deadline = performance.now() + killWaitMs;
      // Programs may make cgroups below their own while they are being killed.
      while (cgroups.processes(resource).length > 0 && performance.now() < deadline) {
        await cgroups.kill(resource, Math.max(0, deadline - performance.now()));
      }
    },
  };
}
