/** The shape of the status screen and its parts, checked against the read model by the compiler. */
import { z } from 'zod';

import type {
  EventView,
  FailureView,
  FenceDeviceView,
  FencingPathView,
  FencingProofView,
  FencingTestView,
  FencingView,
  InstanceView,
  MarkView,
  NodeView,
  Note,
  QuorumView,
  ResourceView,
  StatusView,
  StepView,
  VotesView,
  WhyNot,
  WhyView,
} from '../../core/view/types.ts';
import type { Transfer } from '../../core/model/transfer.ts';
import { explanation } from './explanation.ts';
import { listOf } from './list.ts';

const wallMs = z.number().describe('milliseconds since 1970-01-01T00:00:00Z');
const durationMs = z.number().describe('milliseconds');

const severity = z.enum(['info', 'warning', 'error']);

const note = z
  .strictObject({ severity, text: z.string(), advice: z.string().exactOptional() })
  .meta({ id: 'Note' }) satisfies z.ZodType<Note>;

const votes = z
  .strictObject({
    expected: z.number(),
    present: z.number(),
    needed: z.number().describe('so many are quorum'),
    rules: listOf(z.string()).describe('of votequorum(5): two_node, wait_for_all …'),
    device: z
      .strictObject({
        name: z.string(),
        votes: z.number(),
        state: z.enum(['votes', 'abstains', 'silent', 'absent']),
        text: z.string(),
      })
      .describe('the quorum device, where corosync.conf has one')
      .exactOptional(),
    outlook: z.string().describe('what the next loss would do'),
  })
  .describe("as the answering node's votequorum counts them")
  .meta({ id: 'Votes' }) satisfies z.ZodType<VotesView>;

const quorum = z
  .strictObject({
    quorate: z.boolean(),
    acting: z.boolean().describe('the cluster may start something now'),
    dc: z.string().exactOptional(),
    members: listOf(z.string()),
    waitsFor: listOf(z.string()),
    sentence: z.string(),
    advice: z.string().exactOptional(),
    votes: votes.exactOptional(),
  })
  .meta({ id: 'Quorum' }) satisfies z.ZodType<QuorumView>;

const node = z
  .strictObject({
    name: z.string(),
    state: z.enum([
      'online',
      'standby',
      'maintenance',
      'leaving',
      'joining',
      'held',
      'lost',
      'down',
      'unseen',
    ]),
    because: z.string(),
    since: wallMs,
    dc: z.boolean(),
    self: z.boolean().describe('the node whose daemon answers'),
    running: z.number().describe('resources that run there'),
    featureLevel: z.number().describe('what its program was last seen to know').exactOptional(),
    until: wallMs.exactOptional(),
  })
  .meta({ id: 'Node' }) satisfies z.ZodType<NodeView>;

const resourceState = z.enum([
  'running',
  'partly',
  'starting',
  'stopping',
  'changing',
  'stopped',
  'failed',
  'unclean',
  'unknown',
]);

const instance = z
  .strictObject({
    node: z.string(),
    state: resourceState,
    role: z.enum(['Started', 'Unpromoted', 'Promoted']).exactOptional(),
    since: wallMs.exactOptional(),
    failCount: z.number().exactOptional(),
    promotionScore: z.string().exactOptional().describe('set by the agent; of promotable clones'),
  })
  .meta({ id: 'Instance' }) satisfies z.ZodType<InstanceView>;

const whyNot = z
  .strictObject({
    reason: z.string(),
    advice: z.string().exactOptional(),
    onPurpose: z
      .literal(true)
      .exactOptional()
      .describe('stopped by a command or by target-role, and nothing else keeps it down'),
  })
  .meta({ id: 'WhyNot' }) satisfies z.ZodType<WhyNot>;

const resource: z.ZodType<ResourceView> = z
  .strictObject({
    id: z.string(),
    kind: z.enum(['primitive', 'group', 'clone', 'promotable', 'bundle']),
    agent: z.string().exactOptional(),
    description: z.string().exactOptional(),
    state: resourceState,
    on: listOf(instance),
    managed: z.boolean(),
    whyNot: whyNot.exactOptional(),
    get children() {
      return listOf(resource);
    },
  })
  .meta({ id: 'Resource' });

const failure = z
  .strictObject({
    resource: z.string(),
    node: z.string(),
    operation: z.string(),
    intervalMs: durationMs,
    at: wallMs.exactOptional(),
    text: z.string(),
    exitReason: z.string().exactOptional(),
    lastLine: z.string().exactOptional(),
  })
  .meta({ id: 'Failure' }) satisfies z.ZodType<FailureView>;

const transfer = z
  .strictObject({
    stage: z.enum(['disks', 'memory']),
    percent: z.number(),
    sentBytes: z.number(),
    leftBytes: z.number(),
    bytesPerSecond: z.number(),
    dirtyBytesPerSecond: z.number().describe('what the guest writes to its memory'),
    downtimeMs: z.number().describe('how long it would stand still if the rest were sent now'),
  })
  .meta({ id: 'Transfer' }) satisfies z.ZodType<Transfer>;

const step = z
  .strictObject({
    kind: z.enum(['action', 'fencing', 'decision', 'time']),
    text: z.string(),
    reason: z.string().exactOptional(),
    node: z.string().exactOptional(),
    resource: z.string().exactOptional(),
    startedAt: wallMs.exactOptional(),
    at: wallMs.exactOptional(),
    waitsFor: z.string().exactOptional(),
    transfer: transfer.exactOptional(),
  })
  .meta({ id: 'Step' }) satisfies z.ZodType<StepView>;

export const mark = z
  .strictObject({
    id: z.string(),
    kind: z.string(),
    text: z.string(),
    by: z.string(),
    setAt: wallMs,
    expiresAt: wallMs.exactOptional(),
    resource: z.string().exactOptional(),
    node: z.string().exactOptional(),
    undo: z.string().describe('the command that takes it back'),
  })
  .meta({ id: 'Mark' }) satisfies z.ZodType<MarkView>;

export const fencing = z
  .strictObject({
    id: z.string(),
    target: z.string(),
    method: z.string(),
    device: z.string(),
    executor: z.string(),
    reason: z.string(),
    attempt: z.number(),
    begunAt: wallMs,
    endedAt: wallMs.exactOptional(),
    ok: z.boolean().exactOptional(),
    text: z.string().exactOptional(),
    durationMs: durationMs.exactOptional(),
    by: z.string().exactOptional().describe('who has said that the node is off: nobody shot'),
    output: z.string().exactOptional().describe('what the agent printed, without secrets'),
  })
  .meta({ id: 'Fencing' }) satisfies z.ZodType<FencingView>;

export const fenceDevice = z
  .strictObject({
    id: z.string(),
    agent: z.string(),
    hostCheck: z
      .enum(['static-list', 'dynamic-list', 'status', 'none'])
      .describe('how it is known whom it reaches'),
    known: z.boolean().describe('false: it has not said whom, and is tried for every node'),
    reason: z.string().exactOptional().describe('why it has not said whom'),
    reaches: listOf(z.strictObject({ node: z.string(), port: z.string() })),
    answers: listOf(
      z.strictObject({ from: z.string(), ok: z.boolean(), text: z.string().exactOptional() }),
    ).describe('what its monitor said last, to each node that asks'),
  })
  .meta({ id: 'FenceDevice' }) satisfies z.ZodType<FenceDeviceView>;

const fencingPath = z
  .strictObject({
    device: z.string(),
    level: z.number().describe('which way to fence the node it belongs to, from 1'),
    from: z.string().describe('the node that asks'),
    ok: z.boolean().exactOptional(),
    text: z.string().exactOptional().describe('on, off, or why there is no answer'),
    durationMs: durationMs.exactOptional(),
  })
  .meta({ id: 'FencingPath' }) satisfies z.ZodType<FencingPathView>;

export const fencingTest = z
  .strictObject({
    id: z.string(),
    target: z.string(),
    by: z.string(),
    forReal: z.boolean(),
    begunAt: wallMs,
    paths: listOf(fencingPath),
    endedAt: wallMs.exactOptional(),
    ok: z.boolean().exactOptional(),
    text: z.string().exactOptional(),
    method: z.enum(['reboot', 'off', 'on']).exactOptional().describe('how it was fenced for real'),
  })
  .meta({ id: 'FencingTest' }) satisfies z.ZodType<FencingTestView>;

export const fencingProof = z
  .strictObject({
    device: z.string().describe('"watchdog" where no device reaches the node and its own counts'),
    target: z.string(),
    level: z.number(),
    answeredAt: wallMs.exactOptional().describe('all nodes that may have to shoot got an answer'),
    answeredBy: z.string().exactOptional().describe('who had them ask'),
    fencedAt: wallMs.exactOptional().describe('it has switched the node'),
    fencedBy: z.string().exactOptional().describe('who had it done for a test; absent: no test'),
    state: z.enum(['never', 'old', 'proved']),
  })
  .meta({ id: 'FencingProof' }) satisfies z.ZodType<FencingProofView>;

export const status = z
  .strictObject({
    cluster: z.strictObject({
      name: z.string(),
      engine: z.enum(['corosync', 'local', 'simulated']),
      development: z.boolean(),
      featureLevel: z.number().describe('in force: what the programs of all nodes know'),
    }),
    daemon: z.strictObject({
      node: z.string(),
      version: z.string(),
      startedAt: wallMs,
      loopBlockMaxMs: durationMs,
    }),
    now: wallMs,
    quorum,
    configuration: z.strictObject({
      version: z.number(),
      appliedAt: wallMs,
      appliedBy: z.string(),
    }),
    alarms: listOf(note),
    nodes: listOf(node),
    resources: listOf(resource),
    failures: listOf(failure),
    underWay: listOf(step),
    next: listOf(step),
    marks: listOf(mark),
    fencing: listOf(fencing),
    settled: z.boolean(),
  })
  .meta({ id: 'Status' }) satisfies z.ZodType<StatusView>;

export const event = z
  .strictObject({
    number: z.number().describe('position in the story, the same on each node'),
    time: wallMs,
    kind: z.string(),
    severity: z.enum(['info', 'good', 'warning', 'error']),
    text: z.string(),
    node: z.string().exactOptional(),
    resource: z.string().exactOptional(),
    operation: z.string().exactOptional(),
    outcome: z.string().exactOptional(),
    durationMs: durationMs.exactOptional(),
    output: z.string().exactOptional(),
    actions: listOf(z.string()).exactOptional(),
    decision: z.string().exactOptional().describe('for GET /v1/decisions/{decision}'),
  })
  .meta({ id: 'Event' }) satisfies z.ZodType<EventView>;

export const why = z
  .strictObject({
    resource: z.string(),
    state: resourceState,
    on: listOf(instance),
    answer: z.string(),
    advice: z.string().exactOptional(),
    story: listOf(event),
    nodes: listOf(
      z.strictObject({
        node: z.string(),
        chosen: z.boolean(),
        possible: z.boolean(),
        facts: listOf(z.string()),
      }),
    ),
    actions: listOf(
      z.strictObject({
        text: z.string(),
        state: z.enum(['under way', 'waiting']),
        reason: z.string().describe('what made it necessary'),
        waitsFor: listOf(z.string()),
      }),
    ).describe('its actions of the running transition'),
    explanation: explanation
      .exactOptional()
      .describe('what the scheduler says about it now; absent where it could not be asked'),
  })
  .meta({ id: 'Why' }) satisfies z.ZodType<WhyView>;
