/** Figures in OpenMetrics text (https://prometheus.io/docs/specs/om/open_metrics_spec/). */
import type { ResourceView, StatusView } from '../core/view/types.ts';

interface Family {
  readonly name: string;
  readonly type: 'gauge' | 'counter' | 'info';
  readonly help: string;
  readonly samples: readonly Sample[];
}

type Sample = readonly [labels: Readonly<Record<string, string>>, value: number];

export interface ProcessFigures {
  readonly residentBytes: number;
  readonly cpuSeconds: number;
  readonly messagesWaiting: number;
  readonly requestsWaiting: number;
  /** By reason, since the daemon's start. */
  readonly messagesRefused: Readonly<Record<string, number>>;
  readonly requestsRefused: Readonly<Record<string, number>>;
}

export function metricsText(status: StatusView, process: ProcessFigures): string {
  const families = [...clusterFamilies(status), ...daemonFamilies(status, process)];
  return `${families.map(familyText).join('')}# EOF\n`;
}

const NODE_STATES = ['online', 'standby', 'maintenance', 'leaving', 'joining'] as const;
const MORE_STATES = ['held', 'lost', 'down', 'unseen'] as const;

function clusterFamilies(status: StatusView): Family[] {
  const { quorum, nodes } = status;
  const resources = flat(status.resources);
  const states = [...NODE_STATES, ...MORE_STATES];
  return [
    gauge('holdfast_quorate', 'the cluster has quorum', [[{}, Number(quorum.quorate)]]),
    gauge('holdfast_acting', 'the cluster may start something', [[{}, Number(quorum.acting)]]),
    gauge('holdfast_settled', 'nothing is under way', [[{}, Number(status.settled)]]),
    gauge('holdfast_dc', 'this node decides', [
      [{}, Number(status.quorum.dc === status.daemon.node)],
    ]),
    gauge('holdfast_configuration_version', 'version of the configuration in force', [
      [{}, status.configuration.version],
    ]),
    gauge(
      'holdfast_node_state',
      'state of a node',
      nodes.flatMap((node) =>
        states.map((state): Sample => [{ node: node.name, state }, Number(node.state === state)]),
      ),
    ),
    gauge(
      'holdfast_node_resources',
      'resources that run on a node',
      nodes.map((node): Sample => [{ node: node.name }, node.running]),
    ),
    gauge(
      'holdfast_resource_running',
      'a resource runs as wanted',
      resources.map(({ id, state }): Sample => [{ resource: id }, Number(state === 'running')]),
    ),
    gauge('holdfast_failures', 'failed operations that are not cleaned up', [
      [{}, status.failures.length],
    ]),
    gauge(
      'holdfast_alarms',
      'alarms by severity',
      (['error', 'warning', 'info'] as const).map((severity): Sample => [
        { severity },
        status.alarms.filter((alarm) => alarm.severity === severity).length,
      ]),
    ),
    gauge('holdfast_marks', 'standbys, moves and maintenances by command', [
      [{}, status.marks.length],
    ]),
  ];
}

function daemonFamilies(status: StatusView, process: ProcessFigures): Family[] {
  const { daemon } = status;
  return [
    {
      name: 'holdfast_build',
      type: 'info',
      help: 'the daemon',
      samples: [[{ version: daemon.version, node: daemon.node }, 1]],
    },
    gauge('holdfast_start_time_seconds', 'start of the daemon', [[{}, daemon.startedAt / 1000]]),
    gauge('holdfast_loop_block_max_seconds', 'longest block of the event loop', [
      [{}, daemon.loopBlockMaxMs / 1000],
    ]),
    gauge('holdfast_resident_bytes', 'memory', [[{}, process.residentBytes]]),
    gauge('holdfast_messages_waiting', 'messages not taken by the engine yet', [
      [{}, process.messagesWaiting],
    ]),
    gauge('holdfast_requests_waiting', 'commands under way', [[{}, process.requestsWaiting]]),
    refusals('holdfast_messages_refused', 'messages that were not taken', process.messagesRefused),
    refusals('holdfast_requests_refused', 'requests that were not taken', process.requestsRefused),
    {
      name: 'holdfast_cpu_seconds',
      type: 'counter',
      help: 'processor time',
      samples: [[{}, process.cpuSeconds]],
    },
  ];
}

function refusals(name: string, help: string, counts: Readonly<Record<string, number>>): Family {
  const samples = Object.keys(counts)
    .sort()
    .map((reason): Sample => [{ reason }, counts[reason] ?? 0]);
  return { name, type: 'counter', help, samples };
}

function gauge(name: string, help: string, samples: readonly Sample[]): Family {
  return { name, type: 'gauge', help, samples };
}

function familyText({ name, type, help, samples }: Family): string {
  const suffix = type === 'info' ? '_info' : type === 'counter' ? '_total' : '';
  const lines = samples.map(([labels, value]) => `${name}${suffix}${labelText(labels)} ${value}\n`);
  return `# TYPE ${name} ${type}\n# HELP ${name} ${help}\n${lines.join('')}`;
}

function labelText(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

function escaped(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}

function flat(resources: readonly ResourceView[]): readonly ResourceView[] {
  return resources.flatMap((resource) => [resource, ...flat(resource.children)]);
}
