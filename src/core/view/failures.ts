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
    const key = [node.name, history.resource, record.operation, record.intervalMs].join(' ');
    const known = failures.get(key);
    if (known !== undefined && (known.at ?? 0) >= (record.lastChangeAt ?? 0)) continue;
    failures.set(key, failureView(reading, node, history, record));
  }
}

function failureView(
  reading: Reading,
  node: NodeRecord,
  history: ResourceHistory,
  record: OperationRecord,
): FailureView {
  const said = lastLineOf(reading.cluster.story, node, history, record);
  return {
    resource: history.resource,
    node: node.name,
    operation: record.operation,
    intervalMs: record.intervalMs,
    ...(record.lastChangeAt === undefined ? {} : { at: record.lastChangeAt }),
    text: recordText(record),
    ...(record.exitReason ? { exitReason: record.exitReason } : {}),
    ...(said === undefined ? {} : { lastLine: said }),
  };
}

/** From the story: the record itself keeps no output. */
function lastLineOf(
  story: readonly StoryEvent[],
  node: NodeRecord,
  history: ResourceHistory,
  record: OperationRecord,
): string | undefined {
  const id = configuredId(history.resource);
  const event = story.findLast(
    (entry) =>
      entry.kind === 'action' &&
      entry.output !== undefined &&
      entry.operation === record.operation &&
      entry.node === node.name &&
      (entry.resource === history.resource || entry.resource === id),
  );
  return event?.kind === 'action' ? lastLine(event.output ?? '') : undefined;
}

const LINE_MAX = 200;

export function lastLine(output: string): string | undefined {
  const line = output.trimEnd().split('\n').at(-1)?.trim();
  return line === undefined || line === '' ? undefined : line.slice(0, LINE_MAX);
}
