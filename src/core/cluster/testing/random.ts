/** Random plans and commands for property tests: every field, every variant, ugly texts. */
import * as fc from 'fast-check';
import type { OperationOutcome } from '../../model/operation.ts';
import type { ActionKind, Plan, PlannedAction, PlannedOperation } from '../../model/plan.ts';
import type { Command, ReportedResult } from '../commands.ts';
import type { Mark } from '../marks.ts';
import type { FencingRequest } from '../state.ts';
import { agents, configurations } from './random-configuration.ts';
import {
  partly,
  few,
  text,
  word,
  nodes,
  resources,
  lives,
  times,
  flag,
  texts,
} from './random-values.ts';

const operations: fc.Arbitrary<PlannedOperation> = partly(
  {
    name: word,
    timeoutMs: fc.nat(),
    startDelayMs: fc.nat(),
    expectedExitCode: fc.nat(9),
    parameters: texts,
    meta: texts,
    onFail: word,
    digest: word,
  },
  { restartDigest: word, forceRestart: few(word), secureParameters: few(word) },
);

const kinds: readonly ActionKind[] = [
  'start',
  'stop',
  'promote',
  'demote',
  'monitor',
  'cancel',
  'notify',
  'migrate_to',
  'migrate_from',
  'reload',
  'delete-history',
  'clear-failcount',
  'fence',
  'shutdown',
  'pseudo',
];

const actions: fc.Arbitrary<Omit<PlannedAction, 'id'>> = partly(
  {
    kind: fc.constantFrom(...kinds),
    pseudo: fc.boolean(),
    name: text,
    intervalMs: fc.constantFrom(0, 10_000),
    reason: text,
    priority: fc.integer(),
  },
  {
    resource: resources,
    instance: resources,
    agent: agents,
    node: nodes,
    router: nodes,
    operation: operations,
    fenceMethod: fc.constantFrom('reboot' as const, 'off' as const, 'on' as const),
    of: word,
    when: fc.constantFrom('pre' as const, 'post' as const),
    migrateSource: nodes,
    migrateTarget: nodes,
  },
);

/** Acyclic: order pairs go from a lower id to a higher one. */
export const plans: fc.Arbitrary<Plan> = fc
  .tuple(
    fc.array(actions, { maxLength: 6 }),
    fc.array(fc.tuple(fc.nat(5), fc.nat(5)), { maxLength: 6 }),
    partly(
      {
        placements: few(
          fc.record(
            { resource: resources, node: nodes, role: fc.constant('Started' as const) },
            { noNullPrototype: true },
          ),
        ),
        unplaced: few(partly({ resource: resources, reason: text }, { advice: text })),
        findings: few(fc.record({ code: word, about: text, text }, { noNullPrototype: true })),
      },
      { nextChangeAt: times },
    ),
  )
  .map(([list, pairs, rest]) => ({
    ...rest,
    actions: list.map((action, id) => ({ ...action, id })),
    order: pairs.filter(([first, then]) => first < then && then < list.length),
  }));

const outcomes: fc.Arbitrary<OperationOutcome> = fc.oneof(
  fc.record(
    {
      kind: fc.constant('exited' as const),
      exitCode: fc.constantFrom(0, 1, 5, 7, 8, 9, -1, 190),
      exitReason: text,
    },
    { noNullPrototype: true },
  ),
  fc.constant({ kind: 'timed-out' as const }),
  fc.constant({ kind: 'cancelled' as const }),
  fc.record(
    { kind: fc.constant('unkillable' as const), processes: few(fc.nat()) },
    { noNullPrototype: true },
  ),
  fc.record(
    { kind: fc.constant('not-run' as const), exitCode: fc.nat(9), reason: text },
    { noNullPrototype: true },
  ),
);

const results: fc.Arbitrary<ReportedResult> = partly(
  {
    resource: resources,
    operation: fc.constantFrom('start', 'stop', 'monitor', 'promote', 'cancel', 'notify', 'reload'),
    intervalMs: fc.constantFrom(0, 10_000),
    outcome: outcomes,
    durationMs: fc.nat(),
    output: text,
    callId: fc.nat(),
    endedAt: times,
  },
  { key: text.map((rest) => `start ${rest}`) },
);

const markCommon = { id: word, by: text, setAt: times };
const marks: fc.Arbitrary<Mark> = fc.oneof(
  partly(
    { ...markCommon, kind: fc.constant('node-standby' as const), node: nodes },
    { expiresAt: times },
  ),
  partly(
    { ...markCommon, kind: fc.constant('node-maintenance' as const), node: nodes },
    { evacuation: fc.constantFrom('wanted' as const, 'done' as const) },
  ),
  partly(
    { ...markCommon, kind: fc.constant('resource-maintenance' as const), resource: resources },
    { expiresAt: times },
  ),
  partly(
    {
      ...markCommon,
      kind: fc.constant('target-role' as const),
      resource: resources,
      role: fc.constantFrom('Started' as const, 'Stopped' as const),
    },
    {},
  ),
  partly(
    { ...markCommon, kind: fc.constant('move' as const), resource: resources },
    { to: nodes, away: nodes, expiresAt: times },
  ),
  partly({ ...markCommon, kind: fc.constant('restart' as const), resource: resources }, {}),
  partly(
    {
      ...markCommon,
      kind: fc.constant('node-attribute' as const),
      node: nodes,
      name: word,
      value: text,
    },
    {},
  ),
  partly(
    { ...markCommon, kind: fc.constant('cluster-attribute' as const), name: word, value: text },
    {},
  ),
);

const requests: fc.Arbitrary<FencingRequest> = fc.record(
  {
    id: word,
    target: nodes,
    incarnation: lives,
    method: fc.constantFrom('reboot' as const, 'off' as const, 'on' as const),
    device: word,
    executor: nodes,
    reason: text,
    begunAt: times,
    attempt: fc.nat(9),
  },
  { noNullPrototype: true },
);

const kind = <K extends string>(name: K): fc.Arbitrary<K> => fc.constant(name);

/** Every kind of command, as well-formed as a member of the cluster would send it. */
export const commands: fc.Arbitrary<Command> = fc.oneof(
  partly(
    { kind: kind('configure'), configuration: configurations, source: text, by: text },
    { expectedVersion: fc.nat(3) },
  ),
  partly({ kind: kind('set-mark'), mark: marks }, {}),
  partly({ kind: kind('clear-mark'), id: word, by: text }, {}),
  partly({ kind: kind('ticket'), ticket: word, by: text }, { granted: flag, standby: flag }),
  partly({ kind: kind('declare-lost'), node: nodes, incarnation: lives, reason: text }, {}),
  partly({ kind: kind('fence-begin'), request: requests }, {}),
  partly(
    { kind: kind('fence-end'), id: word, ok: flag, text, durationMs: fc.nat() },
    { output: text },
  ),
  partly({ kind: kind('fence-confirm'), node: nodes, by: text }, {}),
  partly({ kind: kind('fence-request'), node: nodes, by: text }, {}),
  partly({ kind: kind('fence-release'), node: nodes, by: text }, {}),
  partly({ kind: kind('node-forget'), node: nodes, by: text }, {}),
  partly({ kind: kind('shutdown-request'), node: nodes, by: text }, {}),
  partly({ kind: kind('cluster-stop'), by: text }, {}),
  partly({ kind: kind('nodes-configured'), nodes: few(nodes) }, {}),
  partly({ kind: kind('node-leaves'), node: nodes, incarnation: lives }, {}),
  partly({ kind: kind('results'), node: nodes, incarnation: lives, results: few(results) }, {}),
  partly(
    {
      kind: kind('plan'),
      view: fc.constantFrom('1.1.1', '2.1.1'),
      wanted: fc.nat(9),
      changeCount: fc.nat(9),
      configurationVersion: fc.nat(2),
      plan: plans,
      because: text,
    },
    { failed: text },
  ),
  partly({ kind: kind('attribute'), node: nodes, name: word }, { value: text }),
  partly({ kind: kind('cleanup'), by: text }, { resource: resources, node: nodes }),
  partly({ kind: kind('time-passed'), until: times }, {}),
);
