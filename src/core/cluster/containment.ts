/**
 * Containment: after a stop that failed the processes of the service are killed. **Whether that is as
 * good as a stop is decided here alone** (docs/decisions/containment.md).
 */
import type { Configuration, Primitive, Resource } from '../model/configuration.ts';
import { isMoreThanProcesses } from '../model/more-than-processes.ts';
import type { AgentName, Containment, OperationOutcome } from '../model/operation.ts';
import { OCF } from '../model/operation.ts';
import type { ReportedResult } from './commands.ts';
import { baseName } from './fail-counts.ts';

/** An empty cgroup proves nothing without the monitor, nor the monitor without the cgroup. */
export const isContained = ({ isWhole, left, monitor }: Containment): boolean =>
  isWhole && left.length === 0 && saysNotRunning(monitor);

const saysNotRunning = (monitor: OperationOutcome | undefined): boolean =>
  monitor?.kind === 'exited' && monitor.exitCode === OCF.notRunning;

/** A contained stop has done what it was for; every other result is what it says. */
export function settled(result: ReportedResult): ReportedResult {
  const { containment, operation } = result;
  if (operation !== 'stop' || containment === undefined || !isContained(containment)) return result;
  const exitReason = 'it did not stop, its processes were killed, and its monitor finds nothing';
  return { ...result, outcome: { kind: 'exited', exitCode: OCF.ok, exitReason } };
}

/** May the whole state of this resource be processes in a cgroup of its own? */
export function mayBeContained(
  configuration: Configuration,
  resource: string,
  agent: AgentName,
): boolean {
  if (isMoreThanProcesses(agent)) return false;
  const primitive = primitiveOf(configuration, baseName(resource));
  const word = primitive === undefined ? undefined : wordOf(configuration, primitive);
  if (word !== undefined) return word === 'processes';
  return ['command', 'container', 'systemd'].includes(agent.class);
}

export const CONTAINMENT = 'containment';

function wordOf(configuration: Configuration, primitive: Primitive): string | undefined {
  const template = configuration.templates.find((each) => each.id === primitive.template);
  for (const block of [...primitive.meta, ...(template?.meta ?? [])]) {
    const word = block.rule === undefined ? block.values[CONTAINMENT] : undefined;
    if (word !== undefined) return word;
  }
  return undefined;
}

function primitiveOf(configuration: Configuration, id: string): Primitive | undefined {
  for (const top of configuration.resources) {
    const found = partsOf(top).find((part) => part.id === id);
    if (found !== undefined) return found;
  }
  return undefined;
}

function partsOf(resource: Resource): readonly Primitive[] {
  switch (resource.kind) {
    case 'primitive':
      return [resource];
    case 'group':
      return resource.members;
    case 'clone':
      return resource.child.kind === 'group' ? resource.child.members : [resource.child];
    case 'bundle':
      return resource.child === undefined ? [] : [resource.child];
  }
}
