/** What a resource has printed: `holdfast resource logs`. docs/decisions/logs.md */
import { lastLines } from '../agents/output.ts';
import type { OperationRunner } from '../agents/runner.ts';
import type { LogPart, ResourceLogs } from '../api/schemas/answers.ts';
import { outcomeText } from '../core/cluster/outcome.ts';
import type { ClusterState } from '../core/cluster/state.ts';
import type { NodeName } from '../core/model/ids.ts';
import { historyView } from '../core/view/events.ts';
import { primitiveOf, requestByHand } from './debug.ts';
import type { Answers } from './inquiry.ts';

/** From daemon to daemon: what its processes have printed on your node. */
export interface LogQuestion {
  readonly kind: 'logs';
  readonly resource: string;
  readonly lines: number;
}

export interface LogWish {
  readonly lines: number;
  /** Only these; without it all that are online. */
  readonly nodes?: readonly string[];
}

/** Agents whose processes Holdfast, or systemd, has the output of. */
const PRINTING: Readonly<Record<string, string>> = {
  command: 'what it has printed',
  container: 'what the container has printed',
  vm: 'what QEMU and the guest on its serial line have printed',
  systemd: 'the journal of its unit',
  service: 'the journal of its unit',
};

export interface LogParts {
  readonly runner: Pick<OperationRunner, 'run'>;
  readonly self: NodeName;
  readonly cluster: () => ClusterState;
}

/** This node's answer. Rejects with the reason if there is none. */
export function createLogReader({ runner, self, cluster }: LogParts) {
  let count = 0;
  return async ({ resource, lines }: LogQuestion): Promise<string> => {
    const operationId = `logs-${String((count += 1))}`;
    const asked = { operationId, resource, operation: 'logs', node: self };
    const { outcome, output } = await runner.run(requestByHand(cluster(), asked));
    if (outcome.kind !== 'exited' || outcome.exitCode !== 0) throw new Error(outcomeText(outcome));
    return lastLines(output, lines);
  };
}

type Ask = (question: LogQuestion, nodes?: readonly string[]) => Promise<Answers>;

/** Of all nodes that are wanted; what has no processes of its own has the output of its operations. */
export async function logsOf(
  cluster: ClusterState,
  ask: Ask,
  resource: string,
  { lines, nodes }: LogWish,
): Promise<ResourceLogs> {
  const { agent } = primitiveOf(cluster, resource);
  const what = PRINTING[agent.class];
  if (what === undefined)
    return { resource, parts: ofOperations(cluster, resource, lines, nodes), problems: [] };
  const { given, problems } = await ask({ kind: 'logs', resource, lines }, nodes);
  const parts = [...given].map(([node, text]) => ({ node, what, text: String(text) }));
  const told = parts.filter(({ text }) => text !== '');
  return { resource, parts: told.length > 0 ? told : parts, problems };
}

/** Every node has the same story. */
function ofOperations(
  cluster: ClusterState,
  resource: string,
  lines: number,
  nodes: readonly string[] | undefined,
): readonly LogPart[] {
  return historyView(cluster, { resource })
    .filter(({ output = '' }) => output !== '')
    .filter(({ node = '' }) => nodes === undefined || nodes.includes(node))
    .slice(-OPERATIONS_MAX)
    .map(({ node = '', text, output = '' }) => ({
      node,
      what: text,
      text: lastLines(output, lines),
    }));
}

const OPERATIONS_MAX = 5;
