/** The one screen: what is, what failed, what is under way, what is next. */
import type { ClusterState } from '../cluster/state.ts';
import type { StoreView } from '../store/types.ts';
import { alarms } from './alarms.ts';
import { lastFencing } from './events.ts';
import { failureViews } from './failures.ts';
import { markView } from './marks.ts';
import { nodeViews } from './nodes.ts';
import { isSettled, nextSteps, underWay } from './progress.ts';
import { quorumView } from './quorum.ts';
import { read } from './reading.ts';
import { resourceViews } from './resources.ts';
import type { LocalFacts, StatusView } from './types.ts';
import { votesView } from './votes.ts';

export function statusView(cluster: ClusterState, view: StoreView, local: LocalFacts): StatusView {
  const reading = read(cluster, view, local);
  const resources = resourceViews(reading);
  const { version, appliedAt, appliedBy } = cluster.configuration;
  return {
    cluster: {
      name: nameOf(cluster) ?? local.clusterName,
      engine: local.engine,
      development: local.engine === 'local',
      featureLevel: cluster.featureLevel,
    },
    daemon: {
      node: local.self,
      version: local.version,
      startedAt: local.startedAt,
      loopBlockMaxMs: local.loopBlockMaxMs,
    },
    now: local.wallMs,
    quorum: {
      ...quorumView(view, local.votes),
      ...(local.votes === undefined ? {} : { votes: votesView(local.votes, view) }),
    },
    configuration: { version, appliedAt, appliedBy },
    alarms: alarms(reading, resources),
    nodes: nodeViews(reading),
    resources,
    failures: failureViews(reading),
    underWay: underWay(reading),
    next: nextSteps(reading),
    marks: reading.marks.map(markView),
    fencing: lastFencing(cluster),
    settled: isSettled(reading),
  };
}

/** As the configuration has it: the engine's name is another one's word. */
function nameOf({ configuration }: ClusterState): string | undefined {
  const { options } = configuration.model;
  return options.find(({ rule, values }) => rule === undefined && 'cluster-name' in values)?.values[
    'cluster-name'
  ];
}
