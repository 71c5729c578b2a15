/** What failed: the newest failure of each operation on each node, with the agent's own words. */
import type { StoryEvent } from '../cluster/story.ts';
import type { NodeRecord } from '../cluster/state.ts';
import type { OperationRecord, ResourceHistory } from '../model/picture.ts';
import { durationText } from '../model/value.ts';
import { configuredId } from './names.ts';
import { isFailure, recordText } from './outcome.ts';
import type { Reading } from './reading.ts';
import type { FailureView } from './types.ts';

/** Newest first. */
export function failureViews(reading: Reading): readonly FailureView[] {
  const failures = new Map<string, FailureView>();
  for (const node of reading.nodes) {
    for (const history of Object.values(node.history)) {
      collect(reading, node, history, failures);
    }
    collectCounted(reading, node, failures);
  }
  return [...failures.values()].toSorted((a, b) => (b.at ?? 0) - (a.at ?? 0));
}

export function failureOf(reading: Reading, id: string): FailureView | undefined {
  const failures = new Map<string, FailureView>();
  for (const { node, instance } of reading.traces.get(id) ?? []) {
    const history = Object.values(node.history).find((entry) => entry.resource === instance);
    if (history !== undefined) collect(reading, node, history, failures);
  }
  return [...failures.values()].toSorted((a, b) => (b.at ?? 0) - (a.at ?? 0))[0];
}

/** "its start on n1 exited 1 (error): no such file". */
export function failureText(failure: FailureView): string {
  const said = failure.exitReason ?? failure.lastLine;
  return `${operationText(failure)} of ${failure.resource} on ${failure.node} ${failure.text}${
    said === undefined || said === '' ? '' : `: ${said}`
  }`;
}

function operationText({ operation, intervalMs }: FailureView): string {
  return operation === 'monitor' && intervalMs > 0
    ? `The monitor (every ${durationText(intervalMs)})`
    : `The ${operation === 'monitor' ? 'probe' : operation}`;
}

function collect(
  reading: Reading,
  node: NodeRecord,
  history: ResourceHistory,
  failures: Map<string, FailureView>,
): void {
  for (const record of history.operations) {
    if (!isFailure(record)) continue;
    const key = keyOf(node, history.resource, record.operation, record.intervalMs);
    const known = failures.get(key);
    if (known !== undefined && (known.at ?? 0) >= (record.lastChangeAt ?? 0)) continue;
    failures.set(key, failureView(reading, node, history, record));
  }
}

const keyOf = (node: NodeRecord, resource: string, operation: string, intervalMs: number): string =>
  [node.name, resource, operation, intervalMs].join(' ');

/** `fail-count-web#monitor_10000` (Pacemaker Explained, "Fail Counts"). */
const FAIL_COUNT = /^fail-count-(.+)#(.+)_(\d+)$/;

/**
 * A recovery settles a failure in the history, but it counts until it is cleaned up or expires:
 * so long it is shown, in the words of the story.
 */
function collectCounted(
  reading: Reading,
  node: NodeRecord,
  failures: Map<string, FailureView>,
): void {
  for (const attribute of Object.keys(node.attributes)) {
    const [, resource = '', operation = '', interval = ''] = FAIL_COUNT.exec(attribute) ?? [];
    const intervalMs = Number(interval);
    const key = keyOf(node, resource, operation, intervalMs);
    if (resource === '' || failures.has(key)) continue;
    const event = failureEvent(reading.cluster.story, node, resource, operation);
    const suffix = attribute.slice('fail-count-'.length);
    const seconds = Number(node.attributes[`last-failure-${suffix}`]);
    const last = lastLine(event?.output ?? '');
    failures.set(key, {
      resource,
      node: node.name,
      operation,
      intervalMs,
      ...(event !== undefined
        ? { at: event.time }
        : Number.isFinite(seconds)
          ? { at: seconds * 1000 }
          : {}),
      text: event === undefined ? 'failed' : `failed: ${event.outcome}`,
      ...(last === undefined || event?.outcome.endsWith(last) ? {} : { lastLine: last }),
    });
  }
}

type ActionEvent = Extract<StoryEvent, { kind: 'action' }>;

/** The newest failure of an operation that the story tells. */
function failureEvent(
  story: readonly StoryEvent[],
  node: NodeRecord,
  resource: string,
  operation: string,
): ActionEvent | undefined {
  const id = configuredId(resource);
  const found = story.findLast(
    (event) =>
      event.kind === 'action' &&
      event.severity === 'error' &&
      event.operation === operation &&
      event.node === node.name &&
      (event.resource === resource || event.resource === id),
  );
  return found?.kind === 'action' ? found : undefined;
}

function failureView(
  reading: Reading,
  node: NodeRecord,
  history: ResourceHistory,
  record: OperationRecord,
): FailureView {
  // From the story: the record itself keeps no output.
  const event = failureEvent(reading.cluster.story, node, history.resource, record.operation);
  const said = lastLine(event?.output ?? '');
  return {
    resource: history.resource,
    node: node.name,
    operation: record.operation,
    intervalMs: record.intervalMs,
    ...(record.lastChangeAt === undefined ? {} : { at: record.lastChangeAt }),
    text: recordText(record),
    // Of what timed out the outcome says the same as its words.
    ...(record.exitReason && record.status !== 'timeout' ? { exitReason: record.exitReason } : {}),
    ...(said === undefined || said === record.exitReason ? {} : { lastLine: said }),
  };
}

const LINE_MAX = 200;

function lastLine(output: string): string | undefined {
  const line = output.trimEnd().split('\n').at(-1)?.trim();
  return line === undefined || line === '' ? undefined : line.slice(0, LINE_MAX);
}
