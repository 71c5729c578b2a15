/** The shape of the replicated state (cluster/state.ts), as snapshots carry it. */
import type { NodeName } from '../../model/ids.ts';
import type { OperationRecord, ResourceHistory, StartedWith } from '../../model/picture.ts';
import type { LeftOver, Transition } from '../../transition/types.ts';
import type { Shape } from '../../wire/shape.ts';
import { count, flag, list, object, optional, string, where, word } from '../../wire/shape.ts';
import type {
  AccessRefused,
  AppliedConfiguration,
  ClusterState,
  DecisionState,
  FencingProof,
  FencingRecord,
  FencingState,
  HeldBack,
  FencingTest,
  NodeRecord,
  TicketRecord,
} from '../state.ts';
import { FENCE_OUTPUT_CHARS_MAX, fencingFields, fencingRequest, mark } from './commands.ts';
import { configuration } from './configuration.ts';
import {
  boot,
  byName,
  exactly,
  key,
  life,
  name,
  node,
  orUndefined,
  record,
  resource,
  source,
  text,
  texts,
  wallTime,
  whole,
} from './parts.ts';
import { action, actions, allUnplaced, findings, placements } from './plan.ts';
import { agent } from './resources.ts';
import { story } from './story.ts';

const NODES_MAX = 10_000;
const RESOURCES_MAX = 100_000;
const RECORDS_MAX = 1000;
const MARKS_MAX = 100_000;
const TICKETS_MAX = 10_000;
const FENCING_MAX = 10_000;
const LEFT_OVER_MAX = 100_000;
const PARAMETERS_MAX = 1000;
const NEIGHBOURS_MAX = 500_000;
const CHANGES_MAX = 10_000;

const operationRecord: Shape<OperationRecord> = exactly<OperationRecord>()(
  object({
    id: key,
    operation: key,
    intervalMs: count,
    callId: whole,
    status: word(
      'pending',
      'done',
      'cancelled',
      'timeout',
      'not-supported',
      'error',
      'error-hard',
      'error-fatal',
      'not-installed',
      'not-connected',
      'invalid',
      'no-fence-device',
      'no-secrets',
      'unknown',
    ),
    exitCode: whole,
    expectedExitCode: optional(whole),
    transitionKey: optional(key),
    lastChangeAt: optional(wallTime),
    lastRunAt: optional(wallTime),
    durationMs: optional(count),
    exitReason: optional(text),
    digest: optional(key),
    restartDigest: optional(key),
    forceRestart: optional(list(key, PARAMETERS_MAX)),
    secureDigest: optional(key),
    secureParameters: optional(list(key, PARAMETERS_MAX)),
    migrateSource: optional(node),
    migrateTarget: optional(node),
    onNode: optional(node),
    featureSet: optional(key),
    debugOrigin: optional(key),
    underWay: optional(flag),
  }),
);

const history: Shape<ResourceHistory> = exactly<ResourceHistory>()(
  object({
    resource,
    agent,
    container: optional(key),
    shutdownLockAt: optional(wallTime),
    operations: list(operationRecord, RECORDS_MAX),
  }),
);

const startedWith: Shape<StartedWith> = exactly<StartedWith>()(
  object({ agent, parameters: texts }),
);

const nodeRecord: Shape<NodeRecord> = exactly<NodeRecord>()(
  object({
    name: node,
    condition: word('online', 'held', 'lost', 'down', 'unseen'),
    because: text,
    since: wallTime,
    incarnation: life,
    boot,
    history: byName<string, ResourceHistory>(history, RESOURCES_MAX),
    startedWith: optional(byName<string, StartedWith>(startedWith, RESOURCES_MAX)),
    attributes: texts,
    shutdownRequested: flag,
    featureLevel: optional(count),
  }),
);

const fencingRecord: Shape<FencingRecord> = exactly<FencingRecord>()(
  object({
    ...fencingFields,
    endedAt: wallTime,
    ok: flag,
    text,
    durationMs: count,
    by: optional(text),
    boot: optional(text),
    output: optional(string(FENCE_OUTPUT_CHARS_MAX)),
  }),
);

const fencingTest: Shape<FencingTest> = exactly<FencingTest>()(
  object({
    id: key,
    target: node,
    by: text,
    forReal: flag,
    begunAt: wallTime,
    paths: list(
      object({
        device: key,
        level: count,
        from: node,
        answer: optional(object({ ok: flag, text, durationMs: count })),
      }),
      FENCING_MAX,
    ),
    endedAt: optional(wallTime),
    ok: optional(flag),
    text: optional(text),
    method: optional(word('reboot', 'off', 'on')),
  }),
);

const fencingProof: Shape<FencingProof> = exactly<FencingProof>()(
  object({
    device: key,
    target: node,
    answeredAt: optional(wallTime),
    answeredBy: optional(text),
    fencedAt: optional(wallTime),
    fencedBy: optional(text),
  }),
);

const heldBack: Shape<HeldBack> = exactly<HeldBack>()(
  object({ node, at: wallTime, fencings: count, releasedAt: optional(wallTime) }),
);

const accessRefused: Shape<AccessRefused> = exactly<AccessRefused>()(
  object({
    failures: count,
    retryAt: wallTime,
    text,
    endUnknownOf: optional(node),
    shotBy: optional(node),
  }),
);

const fencing: Shape<FencingState> = exactly<FencingState>()(
  object({
    active: list(fencingRequest, FENCING_MAX),
    ended: list(fencingRecord, FENCING_MAX),
    failures: byName<NodeName, number>(count, NODES_MAX),
    retryAt: byName<NodeName, FencingState['retryAt'][NodeName]>(wallTime, NODES_MAX),
    tests: optional(list(fencingTest, FENCING_MAX)),
    proofs: optional(list(fencingProof, FENCING_MAX)),
    heldBack: optional(list(heldBack, NODES_MAX)),
    accessRefused: optional(byName<NodeName, AccessRefused>(accessRefused, NODES_MAX)),
    doubtedFor: optional(byName<NodeName, string>(text, NODES_MAX)),
  }),
);

const leftOver: Shape<LeftOver> = exactly<LeftOver>()(
  object({ node, action, wanted: optional(flag) }),
);

const neighbours = list(list(count, NEIGHBOURS_MAX), NEIGHBOURS_MAX);

/** Every action has its state and its neighbours, and these are actions. */
const transition: Shape<Transition> = where(
  exactly<Transition>()(
    object({
      id: key,
      because: text,
      actions,
      before: neighbours,
      after: neighbours,
      states: list(word('waiting', 'ready', 'done', 'failed', 'dropped'), NEIGHBOURS_MAX),
      leftOver: list(leftOver, LEFT_OVER_MAX),
    }),
  ),
  (checked) => {
    const { length } = checked.actions;
    const lists = [checked.before, checked.after, checked.states];
    if (lists.some((each) => each.length !== length)) return 'has lists of unequal lengths';
    const outside = [...checked.before, ...checked.after].flat().some((id) => id >= length);
    return outside ? 'orders an action that it does not hold' : undefined;
  },
);

const applied: Shape<AppliedConfiguration> = exactly<AppliedConfiguration>()(
  object({ version: count, model: configuration, source, appliedAt: wallTime, appliedBy: text }),
);

const ticket = object({ granted: flag, standby: flag, lastGrantedAt: orUndefined(wallTime) });

const decision = object({
  wanted: count,
  because: text,
  answered: count,
  placements,
  unplaced: allUnplaced,
  findings,
  nextChangeAt: orUndefined(wallTime),
  frozen: orUndefined(text),
});

const recentChange = object({ change: count, resource: name });

/** Canonical JSON drops what is undefined; `whole` puts it back. */
type Written = Omit<ClusterState, 'transition' | 'tickets' | 'decision'> & {
  readonly transition?: Transition | undefined;
  readonly tickets: Readonly<Record<string, Loose<TicketRecord, 'lastGrantedAt'>>>;
  readonly decision: Loose<DecisionState, 'nextChangeAt' | 'frozen'>;
};
type Loose<T, K extends keyof T> = Omit<T, K> & Partial<Pick<T, K>>;

export const written: Shape<Written> = exactly<Written>()(
  object({
    time: wallTime,
    epoch: count,
    view: key,
    acting: flag,
    quorate: flag,
    featureLevel: count,
    configuration: applied,
    nodes: byName<NodeName, NodeRecord>(nodeRecord, NODES_MAX),
    forgotten: optional(list(node, NODES_MAX)),
    stopping: optional(object({ by: text, since: wallTime })),
    marks: record(mark, MARKS_MAX),
    tickets: record(ticket, TICKETS_MAX),
    fencing,
    transition: orUndefined(transition),
    decision,
    story,
    storyCount: count,
    changeCount: count,
    recentChanges: list(recentChange, CHANGES_MAX),
  }),
);

/** The state as the rest of the program knows it. */
export function stateOf(checked: Written): ClusterState {
  const tickets: Record<string, TicketRecord> = {};
  for (const id of Object.keys(checked.tickets)) {
    const { granted = false, standby = false, lastGrantedAt } = checked.tickets[id] ?? {};
    tickets[id] = { granted, standby, lastGrantedAt };
  }
  const { nextChangeAt, frozen } = checked.decision;
  return {
    ...checked,
    tickets,
    transition: checked.transition,
    decision: { ...checked.decision, nextChangeAt, frozen },
  };
}
