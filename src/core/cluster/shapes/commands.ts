/** The shapes of all commands (cluster/commands.ts): what a message may say to the replicated state. */
import type { Containment, OperationOutcome } from '../../model/operation.ts';
import type { Shape } from '../../wire/shape.ts';
import { count, flag, list, object, optional, string, union, word } from '../../wire/shape.ts';
import type { Command, ReportedResult } from '../commands.ts';
import type { Mark } from '../marks.ts';
import type { FencingRequest } from '../state.ts';
import { configuration } from './configuration.ts';
import {
  exactly,
  key,
  life,
  node,
  orUndefined,
  resource,
  source,
  text,
  wallTime,
  whole,
} from './parts.ts';
import { plan } from './plan.ts';

const NODES_MAX = 10_000;
const RESULTS_MAX = 10_000;
const STEPS_MAX = 100;
const PROCESSES_MAX = 1000;
/** As the executor cuts it (executor/report.ts). */
const OUTPUT_CHARS_MAX = 2000;
/** Fences are few, and what their agents said is worth more: all that runs of them keep. */
export const FENCE_OUTPUT_CHARS_MAX = 8192;

const markFields = { id: key, by: text, setAt: wallTime, expiresAt: optional(wallTime) };

export const mark: Shape<Mark> = exactly<Mark>()(
  union({
    'node-standby': { ...markFields, node },
    'node-maintenance': { ...markFields, node, evacuation: optional(word('wanted', 'done')) },
    'resource-maintenance': { ...markFields, resource },
    'target-role': { ...markFields, resource, role: word('Started', 'Stopped') },
    move: { ...markFields, resource, to: optional(node), away: optional(node) },
    restart: { ...markFields, resource, returnTo: optional(node), stopped: optional(flag) },
    'node-attribute': { ...markFields, node, name: key, value: text },
    'cluster-attribute': { ...markFields, name: key, value: text },
  }),
);

export const fencingFields = {
  id: key,
  target: node,
  incarnation: life,
  method: word('reboot', 'off', 'on'),
  device: key,
  executor: node,
  reason: text,
  begunAt: wallTime,
  attempt: count,
  delayMs: optional(count),
  next: optional(list(object({ device: key, method: word('off', 'on') }), STEPS_MAX)),
  whole: optional(word('reboot', 'off', 'on')),
  test: optional(key),
} as const;

export const fencingRequest: Shape<FencingRequest> = exactly<FencingRequest>()(
  object(fencingFields),
);

const outcome: Shape<OperationOutcome> = exactly<OperationOutcome>()(
  union({
    exited: { exitCode: whole, exitReason: text },
    'timed-out': {},
    unkillable: { processes: list(count, PROCESSES_MAX) },
    'not-run': { exitCode: whole, reason: text },
    cancelled: {},
  }),
);

const containment: Shape<Containment> = exactly<Containment>()(
  object({
    isWhole: flag,
    found: count,
    left: list(count, PROCESSES_MAX),
    monitor: optional(outcome),
  }),
);

const result: Shape<ReportedResult> = exactly<ReportedResult>()(
  object({
    key: optional(key),
    resource,
    operation: key,
    intervalMs: count,
    outcome,
    durationMs: count,
    output: string(OUTPUT_CHARS_MAX),
    callId: count,
    endedAt: wallTime,
    containment: optional(containment),
  }),
);

export const command: Shape<Command> = exactly<Command>()(
  union({
    configure: { configuration, source, by: text, expectedVersion: optional(count) },
    'set-mark': { mark },
    'clear-mark': { id: key, by: text },
    ticket: { ticket: key, granted: optional(flag), standby: optional(flag), by: text },
    'declare-lost': { node, incarnation: life, reason: text },
    'fence-begin': { request: fencingRequest },
    'fence-end': {
      id: key,
      ok: flag,
      text,
      durationMs: count,
      output: optional(string(FENCE_OUTPUT_CHARS_MAX)),
    },
    'fence-confirm': { node, incarnation: optional(life), by: text },
    'fence-request': { node, by: text },
    'fence-release': { node, by: text },
    'node-forget': { node, by: text },
    'fence-test': { id: key, node, by: text, forReal: flag },
    'fence-test-answer': { id: key, node, device: key, ok: flag, text, durationMs: count },
    'shutdown-request': { node, by: text },
    'cluster-stop': { by: text },
    'nodes-configured': { nodes: list(node, NODES_MAX) },
    'evacuation-ends': { id: key },
    'node-leaves': { node, incarnation: life },
    results: { node, incarnation: life, results: list(result, RESULTS_MAX) },
    plan: {
      view: key,
      wanted: count,
      changeCount: count,
      configurationVersion: count,
      plan,
      because: text,
      failed: optional(text),
    },
    attribute: { node, name: key, value: orUndefined(text) },
    cleanup: { resource: optional(resource), node: optional(node), by: text },
    'time-passed': { until: wallTime },
  }),
);
