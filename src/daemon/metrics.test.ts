import { expect, it } from 'vitest';

import { statusView } from '../core/view/status.ts';
import {
  LOCAL,
  clusterOf,
  configured,
  histories,
  history,
  node,
  primitive,
  viewOf,
} from '../core/view/testing/states.ts';
import { metricsText } from './metrics.ts';

const cluster = clusterOf(
  [
    node('n1', { history: histories(history('web', 'start 0')) }),
    node('n2', { condition: 'lost' }),
  ],
  { configuration: configured([primitive('web'), primitive('od"d\\')]) },
);
const text = metricsText(statusView(cluster, viewOf(['n1']), LOCAL), {
  residentBytes: 5,
  cpuSeconds: 1.5,
  messagesWaiting: 0,
  requestsWaiting: 2,
  messagesRefused: { replayed: 3, checksum: 1 },
  requestsRefused: { 'bad-request': 4 },
});

it('says of nodes and resources how they are', () => {
  expect(text).toContain('holdfast_node_state{node="n1",state="online"} 1\n');
  expect(text).toContain('holdfast_node_state{node="n2",state="lost"} 1\n');
  expect(text).toContain('holdfast_node_state{node="n2",state="online"} 0\n');
  expect(text).toContain('holdfast_resource_running{resource="web"} 1\n');
  expect(text).toContain('holdfast_resource_running{resource="od\\"d\\\\"} 0\n');
  expect(text).toContain('holdfast_alarms{severity="error"} 1\n');
  expect(text).toContain('holdfast_requests_waiting 2\n');
  expect(text).toContain('holdfast_messages_refused_total{reason="replayed"} 3\n');
  expect(text).toContain('holdfast_requests_refused_total{reason="bad-request"} 4\n');
});

it('is OpenMetrics: a type for each family, suffixes, an end', () => {
  expect(text).toContain('# TYPE holdfast_cpu_seconds counter\n');
  expect(text).toContain('\nholdfast_cpu_seconds_total 1.5\n');
  expect(text).toContain('\nholdfast_build_info{version="0.0.0",node="n1"} 1\n');
  expect(text.endsWith('\n# EOF\n')).toBe(true);
  const families = [...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name);
  expect(new Set(families).size).toBe(families.length);
});
