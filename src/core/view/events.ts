/** The story as events for clients. */
import type { StoryEvent } from '../cluster/story.ts';
import type { ClusterState, FencingRecord, FencingRequest } from '../cluster/state.ts';
import type { EventView, FencingView } from './types.ts';

export interface HistoryQuery {
  /** Only events with a higher number. */
  readonly after?: number;
  readonly sinceMs?: number;
  readonly last?: number;
  readonly resource?: string;
  readonly node?: string;
}

/** Oldest first. */
export function historyView(cluster: ClusterState, query: HistoryQuery): readonly EventView[] {
  const events = withoutRepetition(cluster.story).filter(
    (event) =>
      event.number > (query.after ?? -1) &&
      event.time >= (query.sinceMs ?? 0) &&
      (query.resource === undefined || concerns(event, query.resource)) &&
      (query.node === undefined || event.node === query.node),
  );
  const kept = query.last === undefined ? events : events.slice(-query.last || events.length);
  return kept.map(eventView);
}

/**
 * Without decisions that only say again what the one before said: a change of the membership makes
 * every plan anew. As soon as one of its actions has ended, or somebody wants something else, it is
 * news.
 */
export function withoutRepetition(story: readonly StoryEvent[]): readonly StoryEvent[] {
  let told: ReadonlySet<string> = new Set();
  return story.filter((event) => {
    if (event.kind === 'configuration' || event.kind === 'mark') told = new Set();
    if (event.kind === 'action') told = withoutAction(told, event);
    if (event.kind !== 'decision') return true;
    const names = event.actions.map(actionName);
    if (names.length > 0 && names.every((name) => told.has(name))) return false;
    told = new Set(names);
    return true;
  });
}

/** `web_start_0 n1` of `web_start_0 n1: web starts on n1.` */
const actionName = (line: string): string => line.split(': ', 1)[0] ?? '';

function withoutAction(
  told: ReadonlySet<string>,
  event: Extract<StoryEvent, { kind: 'action' }>,
): ReadonlySet<string> {
  const begin = `${event.resource ?? ''}_${event.operation}_`;
  const end = ` ${event.node ?? ''}`;
  return new Set([...told].filter((name) => !(name.startsWith(begin) && name.endsWith(end))));
}

/** An event is about a resource, or a decision lists an action on it. */
export function concerns(event: StoryEvent, resource: string): boolean {
  if (event.resource !== undefined) {
    return event.resource === resource || event.resource.startsWith(`${resource}:`);
  }
  return event.kind === 'decision' && event.actions.some((line) => isActionOn(line, resource));
}

/** Lines of a decision begin with the action's name, `web_start_0 n1: …`. */
function isActionOn(line: string, resource: string): boolean {
  return line.startsWith(`${resource}_`) || line.startsWith(`${resource}:`);
}

export function eventView(event: StoryEvent): EventView {
  return {
    number: event.number,
    time: event.time,
    kind: event.kind,
    severity: event.severity,
    text: event.text,
    ...(event.node === undefined ? {} : { node: event.node }),
    ...(event.resource === undefined ? {} : { resource: event.resource }),
    ...details(event),
  };
}

function details(event: StoryEvent): Partial<EventView> {
  switch (event.kind) {
    case 'action':
      return {
        operation: event.operation,
        outcome: event.outcome,
        durationMs: event.durationMs,
        ...(event.output === undefined ? {} : { output: event.output }),
      };
    case 'decision':
      return {
        actions: event.actions,
        ...(event.decision === undefined ? {} : { decision: event.decision }),
      };
    case 'fencing':
      return event.durationMs === undefined ? {} : { durationMs: event.durationMs };
    case 'view':
    case 'quorum':
    case 'node':
    case 'configuration':
    case 'mark':
    case 'alarm':
      return {};
  }
}

/** Newest first, what is under way before what has ended. */
export function fencingViews(cluster: ClusterState): readonly FencingView[] {
  const { active, ended } = cluster.fencing;
  return [...active.map(requestView), ...ended.toReversed().map(recordView)];
}

/** What is under way, and of each node the last one that has ended: why it is tried again. */
export function lastFencing(cluster: ClusterState): readonly FencingView[] {
  const seen = new Set<string>();
  return fencingViews(cluster).filter(
    ({ target, endedAt }) => endedAt === undefined || (!seen.has(target) && seen.add(target)),
  );
}

function requestView(request: FencingRequest): FencingView {
  const { id, target, method, device, executor, reason, attempt, begunAt } = request;
  return { id, target, method, device, executor, reason, attempt, begunAt };
}

function recordView(record: FencingRecord): FencingView {
  const { endedAt, ok, text, durationMs, by, output } = record;
  const ended = { ...requestView(record), endedAt, ok, text, durationMs };
  return {
    ...ended,
    ...(by === undefined ? {} : { by }),
    ...(output === undefined ? {} : { output }),
  };
}
