/** Operation histories as a cluster that has run for a while holds them. */
import type {
  HistoryDraft,
  NodeDraft,
  OperationDraft,
  PrimitiveDraft,
  RecordDraft,
} from './draft.ts';

export type ActiveRole = 'Started' | 'Unpromoted' | 'Promoted';

export function record(
  operation: string,
  exitCode: number,
  more: Partial<Omit<RecordDraft, 'operation' | 'exitCode'>> = {},
): RecordDraft {
  return {
    operation,
    exitCode,
    intervalMs: 0,
    expected: 0,
    status: (more.expected === 7 ? [0, 7, 8] : [more.expected ?? 0]).includes(exitCode) ? 0 : 4,
    agoS: 3000,
    isFailure: false,
    attributes: {},
    ...more,
  };
}

/** The history of the primitive on the node, made when it is missing. */
export function historyOf(node: NodeDraft, leaf: PrimitiveDraft, name = leaf.id): HistoryDraft {
  const known = node.history.get(name);
  if (known !== undefined) return known;
  const made: HistoryDraft = { agent: leaf.agent, attributes: {}, operations: [] };
  node.history.set(name, made);
  return made;
}

/** It was looked for and not found. */
export const notFound = (): RecordDraft => record('monitor', 7, { expected: 7 });

export const pending = (operation: string, more: Partial<RecordDraft> = {}): RecordDraft =>
  record(operation, 193, { status: -1, agoS: 5, ...more });

/** What a resource that runs in the role leaves: its start or promotion, and its monitors. */
export function running(leaf: PrimitiveDraft, role: ActiveRole, isFound = false): RecordDraft[] {
  const promoted = role === 'Promoted';
  const first = isFound
    ? record('monitor', promoted ? 8 : 0, { expected: 7 })
    : record(promoted ? 'promote' : 'start', 0);
  return [first, ...monitorsOf(leaf, role).map((monitor) => monitored(monitor, promoted ? 8 : 0))];
}

const monitored = (monitor: OperationDraft, exitCode: number): RecordDraft =>
  record('monitor', exitCode, { intervalMs: monitor.intervalMs, expected: exitCode, agoS: 2900 });

/** Recurring monitors that run while the resource has the role. */
export function monitorsOf(leaf: PrimitiveDraft, role: ActiveRole): readonly OperationDraft[] {
  return leaf.operations.filter(({ name, intervalMs, attributes }) => {
    if (name !== 'monitor' || intervalMs === 0 || attributes['enabled'] === 'false') return false;
    const wanted = attributes['role'] ?? (role === 'Promoted' ? 'Unpromoted' : role);
    return wanted === role || (wanted === 'Started' && role === 'Unpromoted');
  });
}
