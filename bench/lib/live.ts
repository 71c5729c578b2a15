/** Decisions of a running cluster, without its messages: replicated state, an event, picture, plan. */
import { execFileSync } from 'node:child_process';
import { applyResults } from '../../src/core/cluster/results.ts';
import { emptyCluster } from '../../src/core/cluster/machine.ts';
import { pictureOf } from '../../src/core/cluster/picture.ts';
import type { ClusterState, NodeRecord } from '../../src/core/cluster/state.ts';
import { incarnation, wallMs } from '../../src/core/model/ids.ts';
import type { NodeName, ResourceId } from '../../src/core/model/ids.ts';
import type { NodeStatus, Picture } from '../../src/core/model/picture.ts';
import { schedule } from '../../src/core/scheduler/schedule.ts';
import { readCib } from '../../src/interop/cib/read.ts';
import { largeCib } from './large-cluster.ts';

const NOW = wallMs(1_782_907_200_000);
const WARM_UP = 40;

/** As `bin/holdfastd` starts the daemon. */
const DAEMON_OPTIONS = [
  '--max-semi-space-size=2',
  '--no-parallel-scavenge',
  '--no-memory-reducer',
  '--no-flush-bytecode',
];

/** The same in a process of its own, with the options of the daemon. */
export function liveTimes(nodes: number, resources: number, count: number): readonly number[] {
  const argv = [...DAEMON_OPTIONS, import.meta.filename, ...[nodes, resources, count].map(String)];
  return JSON.parse(execFileSync(process.execPath, argv, { encoding: 'utf8' })) as number[];
}

/**
 * Each decision follows one event after a steady state: the monitor of one resource has failed.
 * @returns milliseconds of each, from the event to the plan
 */
export function liveDecisions(nodes: number, resources: number, count: number): readonly number[] {
  const steady = steadyState(nodes, resources);
  const running = runningResources(steady);
  const times: number[] = [];
  for (let number = 0; number < WARM_UP + count; number += 1) {
    const spot = running[(number * 37) % running.length];
    if (spot === undefined) throw new Error('nothing runs in this cluster');
    const begin = performance.now();
    const { actions } = decideAfterFailure(steady, spot);
    times.push(performance.now() - begin);
    if (actions.length === 0) throw new Error(`${spot.resource} failed, and nothing was planned`);
  }
  return times.slice(WARM_UP);
}

interface Spot {
  readonly node: NodeRecord;
  readonly resource: ResourceId;
  readonly intervalMs: number;
}

function decideAfterFailure(steady: ClusterState, { node, resource, intervalMs }: Spot) {
  const state = applyResults(steady, {
    kind: 'results',
    node: node.name,
    incarnation: node.incarnation,
    results: [
      {
        resource,
        operation: 'monitor',
        intervalMs,
        outcome: { kind: 'exited', exitCode: 7, exitReason: '' },
        durationMs: 20,
        output: '',
        callId: 1_000_000,
        endedAt: NOW,
      },
    ],
  });
  return schedule(pictureOf(state, firstNode(steady), false), NOW);
}

const firstNode = (state: ClusterState): NodeName | undefined =>
  Object.values(state.nodes)[0]?.name;

function steadyState(nodes: number, resources: number): ClusterState {
  const result = readCib([...largeCib(nodes, resources, { isSteady: true })].join(''));
  if ('error' in result) throw new Error(result.error.text);
  const { configuration, status }: Picture = result.picture;
  return {
    ...emptyCluster,
    time: NOW,
    acting: true,
    quorate: true,
    configuration: { ...emptyCluster.configuration, version: 1, model: configuration },
    nodes: Object.fromEntries(status.nodes.map((node) => [node.name, nodeRecord(node)])),
  };
}

function nodeRecord({ name, transient, history }: NodeStatus): NodeRecord {
  return {
    name,
    condition: 'online',
    because: '',
    since: NOW,
    incarnation: incarnation(`${name} 1`),
    boot: name,
    history: Object.fromEntries(history.map((entry) => [entry.resource, entry])),
    attributes: Object.assign({}, ...transient.map(({ values }) => values)) as Record<
      string,
      string
    >,
    shutdownRequested: false,
  };
}

/** What has a recurring monitor runs. */
function runningResources(state: ClusterState): readonly Spot[] {
  return Object.values(state.nodes).flatMap((node) =>
    Object.values(node.history).flatMap(({ resource, operations }) =>
      operations
        .filter(({ intervalMs, exitCode }) => intervalMs > 0 && exitCode === 0)
        .map(({ intervalMs }) => ({ node, resource, intervalMs })),
    ),
  );
}

if (import.meta.main) {
  const [nodes = 8, resources = 300, count = 200] = process.argv.slice(2).map(Number);
  process.stdout.write(JSON.stringify(liveDecisions(nodes, resources, count)));
}
